"""Keep things: time series, records and the files engineers write."""
