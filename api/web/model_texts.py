"""The words of the page about models, in the product's two languages."""

from collections.abc import Mapping
from typing import Final

from plantroom.domain.text import Text


def _of(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


MODEL_WORDS: Final[Mapping[str, Text]] = {
    "models": _of("Models", "模型"),
    "models_at_work": _of("Models at work", "在用模型"),
    "no_models": _of(
        "No model is at work yet: plantroom models train", "尚无在用模型：plantroom models train"
    ),
    "days_left": _of("Days to limit", "距限值天数"),
    "precision": _of("Alarms that were right", "报警准确率"),
    "not_judged": _of("not judged yet", "尚无反馈"),
    "as_usual": _of("as usual", "正常"),
    "abnormal": _of("abnormal", "异常"),
    "no_judgement": _of("no judgement", "无判断"),
    "part_of_limit": _of("{ratio} of the limit", "限值的 {ratio}"),
    "times_limit": _of("{ratio} times the limit", "限值的 {ratio} 倍"),
    "learnt_from": _of("learnt from {start} to {end}", "学习时段：{start} 至 {end}"),
    "version": _of("version {number}", "版本 {number}"),
    "not_trained": _of(
        "No model is at work for this asset yet: plantroom models train",
        "该设备尚无模型：plantroom models train",
    ),
    "models_confirmed": _of("confirmed by people", "判断已获确认"),
    "right_of_judged": _of(
        "{real} of {judged} judged alarms were real", "已判断 {judged} 条报警，{real} 条属实"
    ),
    "contribution": _of("Contribution", "贡献度"),
    "expected_value": _of("expected", "预期值"),
    "reading_now": _of("reading", "读数"),
    "usual_band": _of("as far as usual", "正常范围"),
    "interval_80": _of("interval of 80 %", "80% 区间"),
    "limit_line": _of("limit", "限值"),
    "switched_off": _of("{model} is switched off: {reason}", "模型 {model} 已停用：{reason}"),
    "close_order": _of("Close the order", "归档工单"),
    "close_help": _of(
        "A model raised this: was it right? What you say moves its limits and counts for its precision.",
        "该报警由模型发出：判断是否正确？您的反馈用于调整限值并计入准确率。",
    ),
    "what_was_found": _of("What was found", "检查结果"),
    "verdict.real_fault": _of("Real fault", "真实故障"),
    "verdict.false_alarm": _of("False alarm", "误报"),
    "cause_found": _of("Cause", "原因"),
}
