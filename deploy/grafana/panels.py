"""What dashboards are made of: a question each, asked in SQL or PromQL, and how its answer is shown."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

Json = dict[str, Any]

_COLUMNS: Final = 24
_CLICKHOUSE: Final = {"type": "grafana-clickhouse-datasource", "uid": "letter-tally"}
_PROMETHEUS: Final = {"type": "prometheus", "uid": "letter-tally-metrics"}


def number(title: str, sql: str, unit: str = "locale") -> Json:
    """Return one number, large."""
    shown = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/"}}
    return _panel(title, "stat", [_sql(sql)], (6, 4), options=shown, unit=unit)


def table(title: str, sql: str, matrix: tuple[str, str, str] | None = None) -> Json:
    """Return rows as they come, or, of three columns, one as rows, one as columns and one as values."""
    names = ("rowField", "columnField", "valueField")
    turned = {} if matrix is None else {"options": dict(zip(names, matrix, strict=True)) | {"emptyValue": "zero"}}
    return _panel(title, "table", [_sql(sql)], (12, 9)) | (
        {"transformations": [{"id": "groupingToMatrix", **turned}]} if turned else {}
    )


def bars(title: str, sql: str, by: str) -> Json:
    """Return a bar for each row, named by one column."""
    return _panel(title, "barchart", [_sql(sql)], (12, 9), options={"xField": by, "showValue": "auto"})


def curve(title: str, sql: str, by: str = "time") -> Json:
    """Return a line over time, or over another column that counts up."""
    kind, options = ("timeseries", {}) if by == "time" else ("trend", {"xField": by})
    return _panel(title, kind, [_sql(sql)], (12, 9), options=options)


def metric(title: str, expressions: dict[str, str], unit: str = "short") -> Json:
    """Return lines over time of what Prometheus knows: expressions by the legend of their series."""
    targets = [
        {"datasource": _PROMETHEUS, "refId": chr(ord("A") + place), "expr": expression, "legendFormat": legend}
        for place, (legend, expression) in enumerate(expressions.items())
    ]
    return _panel(title, "timeseries", targets, (12, 8), unit=unit)


def dashboard(
    uid: str, title: str, *, about: str, panels: Sequence[Json], variables: Sequence[Json], seen: Json
) -> Json:
    """Return a dashboard; `seen` says of which time, and how often it is made anew."""
    return {
        "uid": uid,
        "title": title,
        "description": about,
        "tags": ["letter-tally"],
        "schemaVersion": 39,
        "editable": False,
        "timezone": "browser",
        **seen,
        "templating": {"list": list(variables)},
        "panels": list(_placed(panels)),
    }


def campaign_variable() -> Json:
    """Return the choice of a campaign, the newest first."""
    sql = "SELECT campaign FROM campaigns ORDER BY day_begins DESC, campaign"
    return {
        "name": "campaign",
        "label": "Campaign",
        "type": "query",
        "datasource": _CLICKHOUSE,
        "query": sql,
        "definition": sql,
        "refresh": 1,
        "sort": 0,
    }


def zone_variable() -> Json:
    """Return the time zone whose hours and days are shown."""
    chosen = {"text": "Europe/Warsaw", "value": "Europe/Warsaw"}
    return {"name": "zone", "label": "Time zone", "type": "textbox", "query": chosen["value"], "current": chosen}


def _sql(sql: str) -> Json:
    told = {"datasource": _CLICKHOUSE, "refId": "A", "editorType": "sql", "queryType": "table", "format": 1}
    return {**told, "rawSql": sql}


def _panel(
    title: str,
    kind: str,
    targets: list[Json],
    size: tuple[int, int],
    *,
    options: Json | None = None,
    unit: str = "none",
) -> Json:
    return {
        "title": title,
        "type": kind,
        "datasource": targets[0]["datasource"],
        "gridPos": {"w": size[0], "h": size[1]},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "options": options or {},
        "targets": targets,
    }


def _placed(panels: Sequence[Json]) -> Iterator[Json]:
    """Yield the panels from left to right, in rows that are as high as their first panel."""
    x = y = height = 0
    for number_of_it, panel in enumerate(panels, 1):
        width = panel["gridPos"]["w"]
        if x + width > _COLUMNS or (x and panel["gridPos"]["h"] != height):
            x, y = 0, y + height
        height = panel["gridPos"]["h"]
        yield {"id": number_of_it, **panel, "gridPos": {"x": x, "y": y, "w": width, "h": height}}
        x += width
