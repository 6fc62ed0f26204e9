"""History as files, CSV or Parquet: a row for each sample with `ts`, `asset`, `point`, `value`, `quality`.

`ts` is UTC, in CSV as RFC 3339; `value` is a number in the point's unit (false and true are 0 and 1, a state
its position), empty where the sample has none; `quality` is the word for it, as in the HTTP API.
"""
