"""A synthetic sales log of any size as Parquet, the same bytes for the same seed and DuckDB.

30 activities, 6 departments, 7 channels, 4 segments, 3 information attributes; cases of 4 to 16
events that mostly go forward, sometimes skip or step back, and end won, lost or open.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

ACTIVITIES = (
    *("官网访问", "展会扫码", "广告点击", "活动报名", "提交表单", "线索分配", "首次联系"),
    *("添加好友", "试用申请", "咨询产品", "需求调研", "产品演示", "方案提交", "技术交流"),
    *("上门拜访", "商机评审", "发送报价", "修改报价", "折扣审批", "合同谈判", "合同审批"),
    *("签订合同", "客户付款", "开具发票", "发货交付", "实施上线", "用户培训", "提交工单"),
    *("续约", "转介绍"),
)
DEPARTMENTS = ("市场部", "销售部", "售前部", "财务部", "交付部", "服务部")
CHANNELS = ("官网", "电话", "企业微信", "邮件", "上门", "展会", "门户")
SEGMENTS = ("大型", "中型", "小型", "公共")

_DRAW = "CREATE MACRO draw(c, what) AS (hash(c, what, {seed}) >> 1)::BIGINT"
_SQL = """
COPY (
    WITH cases AS (
        SELECT range AS c, 4 + draw(range, 1) % 13 AS length,
               draw(range, 2) % (500 * 86400) AS start
        FROM range({cases})
    ),
    steps AS (
        SELECT *, unnest(range(length)) AS p FROM cases
    ),
    drawn AS (
        SELECT *, draw(c, 100 + p) AS h,
               least(29, greatest(0, p * 30 // 16 + h % 4 - (h // 7 % 12 = 0)::INT * 4)) AS a
        FROM steps
    )
    SELECT
        printf('C%08d', c) AS case_id,
        {activities}[a + 1] AS activity,
        TIMESTAMP '2023-01-02 08:00:00'
            + to_seconds(start + p * 90000 + h // 11 % 80000) AS timestamp,
        {departments}[(a * 6 // 30 + (h // 13 % 9 = 0)::INT) % 6 + 1] AS department,
        {channels}[h // 17 % 7 + 1] AS channel,
        {segments}[draw(c, 3) % 4 + 1] AS segment,
        CASE WHEN h // 19 % 10 < 8 THEN 'P' || (draw(c, 4) % 9) END AS persona,
        CASE WHEN a > 8 AND h // 23 % 10 < 9 THEN draw(c, 5) % 500 * 1000 END AS budget,
        CASE WHEN a > 20 AND h // 29 % 10 < 4 THEN 'D' || (draw(c, 6) % 60) END AS promise
    FROM drawn
    ORDER BY timestamp, case_id, p
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def generate(path: Path, events: int, seed: int = 1) -> Path:
    """Write about `events` events to `path` unless it is there already."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        lists = {
            "activities": ACTIVITIES,
            "departments": DEPARTMENTS,
            "channels": CHANNELS,
            "segments": SEGMENTS,
        }
        arrays = {name: repr(list(words)) for name, words in lists.items()}
        with duckdb.connect() as connection:
            connection.execute(_DRAW.format(seed=seed))
            connection.execute(_SQL.format(cases=events // 10, path=path, **arrays))
    return path
