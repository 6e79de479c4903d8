"""Finds figures that are no date, whatever they look like: money, amounts, shares, times of day, versions, telephones. Pure."""

import re

from opsflow.campaigns.launchmove import MONTHS

_END = "(?![A-Za-z0-9_])"
"""The end of a word also where a Chinese one follows without a blank."""
_START = "(?<![A-Za-z0-9_])"
_NAMES = "|".join([*MONTHS, "Sept", *(name[:3] for name in MONTHS)])
CURRENCY = r"(?:(?<![A-Za-z0-9_])(?:CNY|RMB|USD|EUR|HKD|GBP|JPY)|[¥￥$€£])"
_ZH_UNITS = (
    r"元(?![旦宵气月])|块钱|万(?!圣)|亿|折(?!扣)|倍|件(?!事)|枚|瓶|盒|箱|套餐?|份(?!额)|张|杯|包(?![邮装])|岁|次(?![日元])|天(?![猫天气])|小时|分钟|分(?![享会批公期])|秒(?!杀)|"
    r"点(?!亮)|工作日|周(?![一二三四五六日天末年])|公[里斤分]|千[克米瓦]|[个位名人款种级层台条页轮遍家](?![人单气师品庭家置北湾装])|[两家]店|室(?![内外友])|版本"
)
_UNITS = (
    r"(?:per\s+cent|percent(?:age)?|pp|CNY|RMB|USD|EUR|HKD|GBP|JPY|yuan|thousand|million|billion|km|kg|g|mg|ml|l|cm|mm|m|px|[KMGT]B|pcs|pieces)"
    rf"{_END}"
)
COUNTED = (
    rf"(?:\s*(?:%|‰|{_UNITS}|{_ZH_UNITS})|[A-Za-z][A-Za-z0-9_]*"
    r"|\s+(?:people|sets|days|bags|cups|kits|pins|fans|(?!series\b)[a-z]{4,}(?<!s)(?<!u)(?<!i)s)(?![A-Za-z0-9_]))"
)
"""What stands behind a number of things, not behind a year; `this`, `across` and `versus` are no things."""

_MORE = r"(?:(?:working|business|calendar|full|more|new|extra|of\s+the)\s+)?"
_LENGTHS = (
    r"(?:days?|nights?|weeks?|months?|years?|hours?|hrs?|h|minutes?|mins?|seconds?|secs?|points?|stars?|times|sets|items|units|boxes|bags|"
    r"cups|kits|pins|rounds|steps|levels|rows|pages|seats|questions|answers|others|in\s+(?!(?:19|20)\d\d)\d+|am|pm|a\.m\.|p\.m\.|o['’]clock|off|each|per|"
    r"out\s+of)(?![A-Za-z0-9_'’])"
)
_FROM = r"(?<![\dA-Za-z'’‘./:-])(?<!\d\s)(?<!第)(?<!第 )"
_PART = r"\d+(?:[.,]\d+)?"
_NO_YEAR = r"(?!20\d\d(?!\d))"
_TO = rf"(?:{_NO_YEAR}{_PART}\s*(?:[-–—~至到]|to(?![A-Za-z]))\s*|{_NO_YEAR}\d+\s*(?:or|and)\s+)?"
_MEASURE = (
    r"(?:version|ver\.|roi|rate|ratio|scored?|factor|averag(?:e|ing)|mean|index|about|nearly|almost|roughly|least|most|x|multiplied\s+by)(?![A-Za-z])"
    r"\s*(?:(?:of|is|was|at|by|:|=)\s*)?"
)
_NUMBERED = r"(?:sizes?|rows?|pages?|aged?|ages|levels?|steps?|chapters?|sections?|seats?|ext\.|extension|paragraphs?|rules?|rooms?|lines?|questions?|floors?)\s+"
_ZH_MEASURE = r"(?:评分|得分|均分|平均|单价|售价|定价|原价|到手价|仅需|只需|只要|低至|立减|优惠|满|减|返|比例|系数|汇率|客单|占比)[为是：:]?\s*"
_ZH_NUMBERED = r"(?:尺码|房间|内线|分机|步骤|附件|第|规则)\s*"
_SHORT = rf"{_NO_YEAR}\d{{1,4}}"
FIGURES: tuple[re.Pattern[str], ...] = (
    # So much spent, so much off: a year as well, for nobody writes one so.
    re.compile(r"满\s*\d+\s*(?:元\s*)?[减送返赠]\s*\d+"),
    # Chinese New Year is CNY as well: a year behind it alone is nobody's to decide.
    re.compile(rf"(?!CNY\s*20\d\d(?![\d.,]\d)){CURRENCY}\s*\d+(?:[.,]\d+)*(?:[-–—~至到/]{_PART})?(?!\d|[./-]\d)"),
    re.compile(rf"{_FROM}(?!{_PART}\s*[年月日号]){_TO}{_PART}\s*(?:%|‰|{_UNITS}|[元件万亿](?![旦宵气月事圣]))"),
    re.compile(rf"{_FROM}(?!{_PART}\s*[年月日号]){_TO}{_NO_YEAR}{_PART}\s*(?:{_ZH_UNITS})"),
    re.compile(r"(?<!\d)\d{1,2}:\d\d(?::\d\d)?(?!\d)|(?<![\d:])\d{1,3}:\d{1,3}(?![\d:])"),
    re.compile(r"(?<![\d+-])(?:\+\d{1,3}[\s-]?)?(?:\(?\d{3,4}\)?[\s-])\d{3,4}[\s-]\d{4}(?![\d-])|\+\d{1,3}(?:[\s-]*\d{2,4}){3}(?!\d)"),
    re.compile(rf"{_START}(?:v|V|iOS|Android|HarmonyOS|Windows|macOS|[Vv]ersion)\s*{_NO_YEAR}\d{{1,3}}(?:\.\d{{1,4}})*(?![\d-])"),
    re.compile(rf"版本号?\s*{_NO_YEAR}\d{{1,3}}(?:\.\d{{1,4}})*(?![\d-])"),
    re.compile(rf"(?i:{_START}{_MEASURE}){_SHORT}(?:[.,]\d{{1,3}})?(?![\dA-Za-z]|[./-]\d)"),
    re.compile(rf"(?i:{_START}{_NUMBERED}){_SHORT}(?:[.-]\d{{1,3}})?(?![\dA-Za-z]|[./-]\d)"),
    re.compile(rf"{_ZH_MEASURE}{_SHORT}(?:[.减送]\d{{1,3}})?(?!\d|[./-]\d|\s*[月日号年])"),
    re.compile(rf"{_ZH_NUMBERED}{_SHORT}(?:[./-]\d{{1,3}})?(?!\d|[./-]\d|\s*[月日号年周季])"),
    re.compile(r"[=<>≥≤×*+]\s*\d{1,3}\.\d{1,3}(?![\d.])"),
    re.compile(r"(?<![\d/])24/7(?![\d/])|(?<![\d/.-])\d{1,2}/\d{1,2}(?=\s+of\b)"),
)  # fmt: skip
"""Every kind of figure that is looked past. What may be one and may be a date is none of these: it is asked for."""
_NUMBER = rf"{_FROM}{_TO}{_NO_YEAR}{_PART}\s+{_MORE}"
"""No number like a year: of `2027 orders` nobody can say whether that many were counted or they came in that year."""
_LASTS = re.compile(rf"{_NUMBER}{_LENGTHS}", re.IGNORECASE)
_MONTH_BEFORE = re.compile(rf"(?i:{_START}(?:{_NAMES})\.?\s*)$")
_MONTH_BEHIND = re.compile(rf"\s*(?:of\s+)?(?i:{_NAMES})(?![a-z])|\s*[-–—~]\s*\d{{1,2}}\s*(?i:{_NAMES})(?![a-z])")
_BACK = 20
"""So many signs before a figure are looked at."""


def without_figures(text: str) -> str:
    """The text with its figures blanked out, every other sign at its place."""
    for pattern in (*FIGURES, _LASTS):
        text = pattern.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    """`October 20 members get more`: a day, whatever stands behind it."""
    before = match.string[max(0, match.start() - _BACK) : match.start()]
    if _MONTH_BEFORE.search(before) or _MONTH_BEHIND.match(match.string, match.end()):
        return match[0]
    return "\0" * len(match[0])
