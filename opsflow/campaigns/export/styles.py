"""How a workbook is made and how its cells look."""

from dataclasses import dataclass

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no type marker
from xlsxwriter.format import Format  # type: ignore[import-untyped]

PLAIN_TEXTS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""What a workbook is made with: a title that begins with = stays a title."""
WORK, CRITICAL, LIVE, LAUNCH, REST = "#5B8DB8", "#B5443C", "#6A9F58", "#F2C14E", "#EFEFEF"


@dataclass(frozen=True, slots=True)
class Styles:
    """The formats of one workbook."""

    title: Format
    head: Format
    text: Format
    critical: Format
    moment: Format
    day: Format
    month: Format
    head_day: Format
    launch_day: Format
    rest_day: Format
    work_bar: Format
    critical_bar: Format
    live_bar: Format

    @classmethod
    def of(cls, workbook: xlsxwriter.Workbook) -> "Styles":
        """The formats, made once per workbook."""
        text = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D0D0D0"}
        head = {"bold": True, "bg_color": "#2F3E4E", "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True}
        small = {"font_size": 7, "align": "center", "valign": "vcenter"}
        # A mark as well as a colour: the sheet is printed in grey, and not everybody tells red from green.
        bar = {"font_size": 7, "align": "center", "valign": "vcenter", "font_color": "#FFFFFF"}
        made = workbook.add_format
        return cls(
            title=made({"bold": True, "font_size": 14}),
            head=made(head),
            text=made(text),
            critical=made({**text, "bold": True, "font_color": CRITICAL}),
            moment=made({**text, "num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
            day=made({**text, "num_format": "yyyy-mm-dd", "align": "left"}),
            month=made({**head, "align": "left", "left": 1}),
            head_day=made({**small, "bg_color": "#DDE3EA"}),
            launch_day=made({**small, "bg_color": LAUNCH, "bold": True}),
            rest_day=made({**small, "bg_color": REST, "italic": True}),
            work_bar=made({**bar, "bg_color": WORK}),
            critical_bar=made({**bar, "bg_color": CRITICAL, "bold": True}),
            live_bar=made({**bar, "bg_color": LIVE}),
        )
