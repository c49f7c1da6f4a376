"""From a chart to its drawing: where everything stands. One entry, `draw`; the same picture for screen and paper."""

from callcenter.charts import ranked, upright
from callcenter.charts.drawing import Drawing
from callcenter.charts.values import Bars, Chart, Columns, HeatMap, Lines, Shares

WIDTH = 640.0
WIDE = 980.0


def draw(chart: Chart, width: float = WIDTH) -> Drawing:
    """The chart's picture in this width; its height follows from what it shows."""
    if isinstance(chart, Columns):
        shapes, height = upright.columns(chart, width)
    elif isinstance(chart, Lines):
        shapes, height = upright.lines(chart, width)
    elif isinstance(chart, Bars):
        shapes, height = ranked.bars(chart, width)
    elif isinstance(chart, Shares):
        shapes, height = ranked.shares(chart, width)
    else:
        assert isinstance(chart, HeatMap)
        shapes, height = ranked.heat_map(chart, width)
    return Drawing(
        width=width, height=height, title=chart.title, description=chart.description, shapes=tuple(shapes)
    )
