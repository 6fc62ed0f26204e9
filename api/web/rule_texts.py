"""The words of the pages about rules, in the product's two languages."""

from collections.abc import Mapping
from typing import Final

from plantroom.domain.text import Text


def _of(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


RULE_WORDS: Final[Mapping[str, Text]] = {
    "rules": _of("Rules", "报警规则"),
    "rule": _of("Rule", "规则"),
    "all_rules": _of("All rules", "全部规则"),
    "rules_of": _of("Rules of {asset}", "{asset} 的规则"),
    "no_rules": _of("No rules", "没有规则"),
    "no_rules_long": _of(
        "Rules come from the packs that the site file names, and from the files given by --rules.",
        "规则来自项目文件列出的规则包，以及 --rules 指定的文件。",
    ),
    "rules_bad": _of(
        "The rule files have mistakes; the rules before them are still in force.",
        "规则文件有错误，仍按原规则运行。",
    ),
    "rules_restart": _of(
        "The files also change what is monitored; that needs a restart.",
        "文件还修改了监控对象，需重启后生效。",
    ),
    "rules_read": _of("Files read", "规则文件读取于"),
    "reload": _of("Read the files again", "重新读取文件"),
    "watches": _of("watches {watched} of {total}", "监控 {watched}/{total} 台"),
    "watches_none": _of("watches nothing", "未监控任何设备"),
    "is_off": _of("switched off", "已关闭"),
    "is_off_on": _of("switched off on {count}", "{count} 台已关闭"),
    "changed_on": _of("changed on {count}", "{count} 处已修改"),
    "rule_not_verified": _of("not verified", "未核实"),
    "rule_verified": _of("read in the standard", "已核对标准原文"),
    "from_pack": _of("pack {pack}", "规则包 {pack}"),
    "from_file": _of("file of this site", "本项目文件"),
    "when": _of("Alarm when", "报警条件"),
    "clear_when": _of("Clears when", "恢复条件"),
    "suppress_when": _of("Suppressed while", "抑制条件"),
    "held_for": _of("held for", "持续"),
    "gone_for": _of("gone for", "恢复持续"),
    "limits": _of("Limits", "限值"),
    "limit": _of("Limit", "限值"),
    "by_default": _of("Default", "默认值"),
    "in_force": _of("In force", "当前值"),
    "said_by": _of("Set by", "来源"),
    "source": _of("Source", "依据"),
    "no_source": _of("no source given", "未注明依据"),
    "rule_causes": _of("Likely causes", "可能原因"),
    "rule_actions": _of("What to check, in this order", "检查步骤（按顺序）"),
    "assets": _of("Assets", "设备"),
    "site_wide": _of("All assets of the site", "全部设备"),
    "first_assets": _of(
        "Showing the first {count}; the API lists all.", "仅显示前 {count} 台；API 可列出全部。"
    ),
    "watched": _of("watched", "监控中"),
    "lacks": _of("lacks {names}", "缺少 {names}"),
    "change": _of("Change", "修改"),
    "change_help": _of(
        "Counts within seconds and is recorded with your name. Empty: as without the change.",
        "几秒内生效，并记录操作人。留空表示恢复原值。",
    ),
    "switch_off": _of("Switch off", "关闭"),
    "switch_off_help": _of(
        "The rule no longer watches there; an alarm of it that is active is withdrawn.",
        "该规则不再监控此处；其激活的报警将被撤销。",
    ),
    "switch_on": _of("Switch on", "开启"),
    "undo": _of("Undo the change", "撤销修改"),
    "for_good": _of("for good", "长期"),
    "rule_until": _of("Until when", "有效期"),
    "rule_reason": _of("Reason", "原因"),
    "rule_save": _of("Save", "保存"),
    "rule_keep": _of("Not now", "暂不"),
    "try_rule": _of("Try on the last 7 days", "用最近 7 天试算"),
    "try_help": _of(
        "Says what the rule would have done with these limits. Nobody is told.",
        "按这些限值试算规则会产生的报警，不会通知任何人。",
    ),
    "trying": _of("Trying", "正在试算"),
    "tried": _of(
        "Alarms: {alarms} ({per_hour} per hour, {active} h active); with the present limits {present}. "
        "{samples} readings from {since} to {to}.",
        "{alarms} 次报警（每小时 {per_hour} 次，累计 {active} 小时）；按当前限值为 {present} 次。"
        "{since} 至 {to} 共 {samples} 个读数。",
    ),
    "tried_more": _of("{count} more", "新增 {count} 次"),
    "tried_fewer": _of("{count} fewer", "减少 {count} 次"),
    "tried_unknown": _of("Unknown for much of the time: {points}", "大部分时间无数据：{points}"),
    "origin.rule": _of("the rule", "规则"),
    "origin.site_file": _of("site file", "项目文件"),
    "origin.asset_file": _of("site file, asset", "项目文件（设备）"),
    "origin.site_override": _of("changed for the site", "已按项目修改"),
    "origin.asset_override": _of("changed for the asset", "已按设备修改"),
}
SCRIPT_RULE_WORDS: Final = ("trying", "tried", "tried_more", "tried_fewer", "tried_unknown")
