"""The points of the home's small chart."""

from console.home.sparkline import HEIGHT, MARGIN, WIDTH, spark_of


def points(text):
    return [tuple(float(number) for number in pair.split(",")) for pair in text.split()]


def test_the_line_runs_from_edge_to_edge_and_the_most_is_at_the_top():
    line = points(spark_of([0, 5, 10]).line)
    assert [x for x, _ in line] == [0, WIDTH / 2, WIDTH]
    assert [y for _, y in line] == [HEIGHT, HEIGHT - (HEIGHT - MARGIN) / 2, MARGIN]


def test_the_area_is_closed_along_the_ground():
    area = points(spark_of([3, 1]).area)
    assert (area[0], area[-1]) == ((0, HEIGHT), (WIDTH, HEIGHT))
    assert area[1:-1] == points(spark_of([3, 1]).line)
