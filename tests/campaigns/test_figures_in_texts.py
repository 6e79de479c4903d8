"""Figures in texts as campaigns have them are neither moved nor asked for, and hide no day (F29)."""

from datetime import date, timedelta

import pytest

from opsflow.campaigns.launchmove import Move
from opsflow.campaigns.mentions import Reading, read

ENGLISH = (
    "Spend CNY 199 and get 20 off; coupons of CNY 12.50, 15.80 and 9.90; limit 3 per person, 2-3 days delivery.",
    "Prizes: 10 phones (256GB), 26 power banks 10000 mAh, 2,000 mugs of 350 ml, sizes S-XL, 38-42 EU.",
    "Winners get 1/2 of the pot; 2/3 of players answered; ratio 3:1; odds 1:100; conversion rate 2.26 %, up 0.3 pp.",
    "Opens 20:00-22:00 daily, 09:30 on weekends; support 9-18 h; response within 2-4 hours.",
    "Needs app version 2.26 or later, iOS 16.4+, Android 12, v3.9.1; build 4521.",
    "Call 400-820-2027 or +86 138 0226 2027; extension 0226; room 1203.",
    "GMV target CNY 86 million, 2.1 million users, ROI 1.25, average basket CNY 126.8; score 4.8 of 5.",
    "Daily cap of 3-10 tickets; teams of 3-5; rows 3-10; levels 2-12; top 10-20; best of 3.",
    "Screens 1080x1920 px, banner 3:4, video of 15-30 s, 2.5 MB, 24/7 support, 5G.",
    "Rule 2.1: nobody wins twice. Rule 2.2: see section 3.4. Step 2-3 of the guide.",
    "Ages 18-25, 2-4 people a team, 10-12 pieces a box, 30-day returns, 7x24.",
    "Budget: 120,000 for prizes, 30-40 % for media, a reserve of 5 %, 2.5 % tax, 1.08 EUR each.",
    "Members since 2015 get x2 points; 26 % of them returned; May the best team win; march on!",
    "100 mAh; A4; B2B; H5 page; Web3; T+1; D+7; KPI 1.2x; P0 bug within 2 h; 1.5 hours; 3-2 votes.",
    "Retention after 7 and 14 days; between 2 and 3 questions; from 1 to 5; in 3-4 sentences.",
    "Room 2-12, floor 3; seat 12-10; flight CA1226; order no. 10260226; SKU 20271; zip 100027.",
    "A gain of 2.8 overall, 2-3 new members a day, 15 people and 30 % of 9 people; 3.1 per player; 2-3 questions each; open: 2-3 people, from 2-3 people.",
)  # fmt: skip
CHINESE = (
    "满 199 减 20，满2027减20，满 2026 元返 100，满3件打8.5折；优惠券 12.5 元、9.9 元；每人限领 2-3 张，3-5 天送达。",
    "奖品：手机 10 台（256GB），充电宝 26 个，马克杯 2,000 只（350ml），尺码 38-42。",
    "参与率 2.26%，提升 0.3 个百分点；中奖概率 1/100；评分 4.8 分，均分3.9；比例 3:1。",
    "每天 20:00-22:00 开放，10-12点；客服 9-18 点；2-4 小时内回复；24/7 在线。",
    "需 2.26 版本以上，iOS 16.4，Android 12，v3.9.1；版本号 3.12。",
    "电话 400-820-2027，手机 13802262027；内线 0226 分机；1203 室。",
    "GMV 目标 8600 万，用户 210 万，ROI 1.25，客单价 126.8 元，人均 2.5 次。",
    "每组 3-5 人，3-10 级，前 10-20 名；第 3 天；第2-3关；三月内；一月一次；每月 8 号；近 30 天；5 个月。",
    "1080x1920 像素，3:4 海报，15-30 秒视频，2.5 MB，5G，H5 页面，T+1 到账，D+7 留存。",
    "规则 2.1：每人一次；见 3.4 条；步骤 2-3；附件1-2。",
    "预算 12 万，媒体占 30-40%，税 2.5%，单价1.08元，折后 2.99，立减 3.15 元。",
    "2015 年以来的会员双倍积分；成立27年；一周年；十年老粉；10 至 12 月人均 3 次；2 月起新增。",
    "双11、618、双十二、3.8 倍；88VIP；1元秒杀；9块9包邮；第一名 1 位，二等奖 2-10 位。",
    "10件起订，2-3 周到货，1-2个工作日审核，3-10 分钟，2 选 1，3 送 1，0.01 元。",
    "三五年内开 1203 家店，二三年一次，一两年后；三五天，二三十人，十一二点。",
)  # fmt: skip
LAUNCHES = (date(2027, 2, 26), date(2026, 10, 20), date(2026, 6, 1))
SPRING = Move(date(2027, 2, 26), date(2028, 5, 12))


@pytest.mark.parametrize("launch", LAUNCHES)
@pytest.mark.parametrize("text", [*ENGLISH, *CHINESE], ids=lambda text: text[:20])
def test_prices_counts_ratios_times_versions_and_telephones_are_not_asked_for(text: str, launch: date) -> None:
    assert read(text, Move(launch, launch + timedelta(days=441))) == Reading({}, {})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("On February 26 members get double points", "February 26"),
        ("Feb 26 and 3 days later", "Feb 26"),
        ("February 26, 15 shops open", "February 26"),
        ("about 8th March", "8th March"),
        ("for iOS 26 Feb", "26 Feb"),
        ("about 26-28 Feb", "26-28 Feb"),
        ("from ¥5 off on 26 Feb", "26 Feb"),
        ("on 2/26 members get more", "2/26"),
        ("on 2-26 members get more", "2-26"),
        ("from 2/26 users redeem", "2/26"),
        ("约2/26上线", "2/26"),
        ("2.26名单公布", "2.26"),
        ("2.26小程序上线", "2.26"),
        ("2.26公布", "2.26"),
        ("2.26人气王", "2.26"),
        ("2027 名单", "2027"),
        ("2027 公益", "2027"),
        ("2027 折扣季", "2027"),
        ("2027 天猫", "2027"),
        ("grew to 120 in 2027", "2027"),
        ("in 2027 and 30 % more", "2027"),
        ("SS27 x Brand", "SS27"),
        ("banner_0226", "0226"),
        ("26.02 and 30 people", "26.02"),
        ("2月26 点亮", "2月26"),
        ("2027年第8周", "2027年第8周"),
    ],
)
def test_no_figure_hides_a_day_or_year(text: str, named: str) -> None:
    found = read(text, SPRING)
    assert [mention.text for mention in (*found.understood.values(), *found.doubtful.values())] == [named]
