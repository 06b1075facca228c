"""The class report and the students' pages: their numbers, what a hostile student can do to them, and real Chromium."""

import base64
import hashlib
import json
import re
import time
import weakref
import zlib
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.checks.results import CheckResult, Decision, ExerciseResult, Outcome, Ruling, UnitResult, score
from autograder.course.units import Course, Part, TotalsPolicy, Unit
from autograder.grading.decisions import decided
from autograder.reports import class_record
from autograder.reports.class_record import LEFT_OUT, ClassRecord, Texts, cost
from autograder.reports.files import feedback
from autograder.reports.html import packed, write_feedback_html, write_report
from autograder.reports.numbers import CheckTally, Histogram, Spread

HOSTILE_NAMES = [
    "</script><script>window.canary = 1</script>",
    '"><img src=x onerror="window.canary = 1">',
    "<!--<script>",
    "{{ 7 * 7 }}' onfocus='window.canary = 1' autofocus='",
    "line\u2028separators\u2029and \x1b[31mred\x1b[0m",
    "\u202egnp.exe\udc80",
    "&lt;b&gt;",
]
HOSTILE_TEXT = "\n".join([*HOSTILE_NAMES, "javascript:window.canary=1", "\x00\x9b"])
HARMLESS_TEXT = "\n".join(["harmless"] * HOSTILE_TEXT.count("\n"))


def unit(number, name, **points):
    return Unit(folder=f"{number:02d}_{name}", title=f"Unit {name}", points=points)


FIRST = unit(1, "first", alpha=2, beta=4)
SECOND = unit(2, "second", gamma=10)
COURSE = Course(title="A small course", parts=[Part(title="All", units=[FIRST, SECOND])])


def graded(student, unit, message="it is wrong", hint="", seconds=0.5, **outcomes):
    """A graded unit: the outcomes of each exercise's checks, of which the first is public."""
    checks = [
        CheckResult(
            check=f"{'hidden' if number else f'test_{unit.id}'}.py::test_{exercise}_{number}",
            exercise=exercise,
            outcome=Outcome(outcome),
            seconds=seconds / 10,
            call="" if outcome == "passed" else f"{exercise}('{student}')",
            message="" if outcome == "passed" else f"{message}\n{number}",
            mistake="some_mistake" if hint and outcome == "failed" else "",
            hint=hint if outcome == "failed" else "",
        )
        for exercise, several in outcomes.items()
        for number, outcome in enumerate(several.split(", "))
    ]
    return UnitResult(student, unit.id, "graded", "", seconds, 0, score(unit.points, checks), checks)


def nothing(student, unit, status, message=""):
    return UnitResult(student, unit.id, status, message, exercises=score(unit.points, []))


def run_of(results, course=COURSE):
    return SimpleNamespace(
        ids={}, roster={},
        course=course, units=course.units, seed="5eed", results=results,
        started="2026-01-01T10:00:00+00:00", finished="2026-01-01T11:02:03+00:00",
    )  # fmt: skip


def small_class():
    """Five students; points 16, 8, 2, 0 and, for the one whom the machinery failed, 6."""
    return [
        graded("Ada", FIRST, alpha="passed, passed", beta="passed, passed", seconds=0.1),
        graded("Ada", SECOND, gamma="passed, passed"),
        graded("Bo", FIRST, alpha="passed, failed", beta="failed, failed", hint="Divide first.", seconds=3.0),
        graded("Bo", SECOND, gamma="error, passed"),
        graded("Cy", FIRST, alpha="passed, passed", beta="not written, skipped"),
        nothing("Cy", SECOND, "missing"),
        nothing("Di", FIRST, "not loaded", "first.py, line 3: invalid syntax"),
        nothing("Di", SECOND, "missing"),
        graded("Ed", FIRST, alpha="passed, passed", beta="passed, passed"),
        nothing("Ed", SECOND, "broken", "the grader's worker died"),
    ]


@pytest.fixture
def report(tmp_path):
    """Write a report; returns its path."""

    def write(results, **options):
        path = tmp_path / "report.html"
        write_report(run_of(results), path, **options)
        return path

    return write


class Tags(HTMLParser):
    """The elements of a page, with their attributes, and the text of each script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.scripts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *each) for each in attributes]
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        if self.tags[-1:] == ["script"]:
            self.scripts[-1] += data

    @property
    def data(self):
        return json.loads(zlib.decompress(base64.b64decode(self.scripts[0])))


class TestNumbers:
    def test_quartiles_are_those_of_numpy(self):
        values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
        spread = Spread.of(values)
        assert [spread.q1, spread.median, spread.q3] == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]))
        assert (spread.count, spread.low, spread.high, spread.mean) == (6, 1, 9, pytest.approx(np.mean(values)))

    def test_quartiles_of_one_value_and_of_none(self):
        assert Spread.of([7.0]) == Spread(1, 7, 7, 7, 7, 7, 7)
        assert Spread.of([]) is None

    def test_histogram_has_round_bins_and_counts_everyone(self):
        histogram = Histogram.of([0, 4.999, 5, 71, 72], 72)
        assert histogram.edges == [5 * number for number in range(16)]
        assert histogram.counts == [2, 1, *[0] * 12, 2]

    @pytest.mark.parametrize("top", [0.3, 1, 7, 19.5, 20, 100, 600, 12345])
    def test_histogram_covers_everything_with_few_bins(self, top):
        histogram = Histogram.of([0, top / 3, top], top)
        assert histogram.edges[0] == 0
        assert histogram.edges[-1] >= top
        assert 8 <= len(histogram.counts) <= 20
        assert sum(histogram.counts) == 3

    def test_discrimination_by_hand(self):
        tally = CheckTally()
        for passed, rest in ((True, 4), (True, 3), (False, 2), (False, 1)):
            tally.add(passed, rest)
        # Means 3.5 and 1.5, standard deviation sqrt(1.25), half of them pass: 2 / 1.118 * 0.5.
        assert tally.rate == 0.5
        assert tally.discrimination == pytest.approx(0.8944272)
        assert tally.mark == ""

    def test_discrimination_is_the_correlation(self):
        rng = np.random.default_rng(0)
        rest = 1e4 + rng.normal(size=200)
        passed = rest + rng.normal(size=200) < 1e4
        tally = CheckTally()
        for each, points in zip(passed, rest, strict=True):
            tally.add(bool(each), float(points))
        assert tally.discrimination == pytest.approx(np.corrcoef(passed, rest)[0, 1], abs=1e-9)
        assert tally.mark == "negative discrimination"

    @pytest.mark.parametrize(
        "outcomes, mark",
        [([True] * 300, ""), ([False] * 15, ""), ([False] * 16, "nobody passes"), ([], "")],
        ids=["all of 300", "none of 15", "none of 16", "of nobody"],
    )
    def test_no_discrimination_where_all_are_alike(self, outcomes, mark):
        tally = CheckTally()
        for number, passed in enumerate(outcomes):
            tally.add(passed, number)
        assert tally.discrimination is None
        assert tally.mark == mark

    def test_a_check_is_marked_only_where_the_class_is_large_enough_to_know(self):
        # Five who pass have 1 point elsewhere, five who fail 1 or 2: r is -0.33, and in ten students that may be chance.
        small, large = CheckTally(), CheckTally()
        for tally, times in ((small, 1), (large, 20)):
            for passed, rest in times * [*[(True, 1.0)] * 5, *[(False, 1.0)] * 4, (False, 2.0)]:
                tally.add(passed, rest)
        assert [small.discrimination, large.discrimination] == pytest.approx([-1 / 3] * 2)
        # artanh(-1/3) is -0.3466, and three standard errors are 3 / sqrt(7) = 1.1339.
        assert small.interval == pytest.approx((-0.9015, 0.6569), abs=1e-3)
        assert (small.mark, large.mark) == ("", "negative discrimination")

    def test_by_chance_hardly_a_check_is_marked(self):
        rng = np.random.default_rng(0)
        marked = 0
        for _ in range(2000):
            tally = CheckTally()
            for passed, rest in zip(rng.random(30) < 0.7, rng.normal(size=30), strict=True):
                tally.add(bool(passed), float(rest))
            marked += bool(tally.mark)
        assert marked <= 12  # one of 740 checks expected: 2.7

    def test_no_discrimination_where_all_have_the_same_points_elsewhere(self):
        tally = CheckTally()
        for passed in (True, False, True):
            tally.add(passed, 0.1 + 0.2)
        assert tally.discrimination is None
        assert tally.mark == ""


class TestClass:
    @pytest.fixture
    def record(self):
        return ClassRecord.of(run_of(small_class()))

    def test_points_and_spreads_leave_out_what_the_machinery_failed(self, record):
        assert [student.points for student in record.students] == [16, 6, 2, 0, 6]
        assert record.totals == [16, 6, 2, 0]
        assert record.unit_points == [[6, 1, 2, 0, 6], [10, 5, 0, 0]]
        assert dict(record.unit_statuses[0]) == {"graded": 4, "not loaded": 1}
        assert dict(record.unit_statuses[1]) == {"graded": 2, "missing": 2, "broken": 1}

    def test_letters_are_counted_as_in_totals_csv(self, tmp_path):
        path = tmp_path / "report.html"
        write_report(run_of(small_class()), path)
        assert "Letters" not in path.read_text()
        course = COURSE.model_copy(update={"totals": TotalsPolicy(letters={"B": 30, "A": 90})})
        write_report(run_of(small_class(), course), path)
        (said,) = re.findall("<dt>Letters, as in totals.csv</dt><dd>(.*?)</dd>", path.read_text())
        # Ada and, of what could be graded, Ed; Bo has 6 of 16 points; Cy 2, Di 0.
        assert re.sub("<.*?>", "", said) == "A 2 | B 1 | none 2"

    def test_pass_rates_are_of_those_whom_the_check_reached(self, record):
        tallies = {key: tally for key, (_, tally) in record.checks.items()}
        assert {check: (tally.passed, tally.ran) for (_, check), tally in tallies.items()} == {
            "test_first.py::test_alpha_0": (4, 4),
            "hidden.py::test_alpha_1": (3, 4),
            "test_first.py::test_beta_0": (2, 3),  # Cy did not write it
            "hidden.py::test_beta_1": (2, 3),
            "test_second.py::test_gamma_0": (1, 2),
            "hidden.py::test_gamma_1": (2, 2),
        }

    def test_discrimination_uses_the_points_of_the_other_exercises(self, record):
        _, tally = record.checks["first", "hidden.py::test_alpha_1"]
        passed, rest = [1, 0, 1, 1], [14, 5, 0, 4]  # Ada, Bo, Cy, Ed: beta and gamma
        assert tally.discrimination == pytest.approx(np.corrcoef(passed, rest)[0, 1])

    def test_mistakes_name_their_students(self, record):
        assert record.mistakes == {
            ("first", "alpha", "some_mistake", "Divide first."): [1],
            ("first", "beta", "some_mistake", "Divide first."): [1],
        }

    def test_a_cause_names_its_students_and_what_was_carried_for_it(self, report):
        carried = [CheckResult("hidden.py::test_beta_0", "beta", Outcome.CARRIED, causes=["alpha"])]
        results = [
            UnitResult(
                name, "first", "graded", checks=carried, exercises=[ExerciseResult("alpha", 0, 2, 0, 1, "failed")]
            )
            for name in ("Ada", "Bo")
        ]
        record = ClassRecord.of(run_of(results))
        assert record.causes == {("first", "alpha"): {0: {"beta"}, 1: {"beta"}}}
        text = report(results).read_text(encoding="utf-8")
        assert 'id="causes"' in text
        assert 'data-students="0 1"' in text
        assert 'id="causes"' not in report(small_class()).read_text(encoding="utf-8")

    def test_troubles_are_apart(self, record):
        assert [(each.student, each.unit.id, each.message) for each in record.troubles] == [
            (4, "second", "the grader's worker died")
        ]
        broken = graded("Flo", FIRST, alpha="broken, passed", beta="passed, passed")
        record = ClassRecord.of(run_of([broken]))
        assert [(each.exercise, each.check) for each in record.troubles] == [("alpha", "alpha 0")]
        assert record.checks["first", "test_first.py::test_alpha_0"][1].ran == 0

    def test_slowest_first(self, record):
        assert [(each.student, each.unit.id) for each in record.slowest][:2] == [(1, "first"), (0, "second")]

    def test_of_equally_slow_ones_the_first_come_first(self):
        everybody = [
            graded(f"s{n:02d}", unit, **dict.fromkeys(unit.points, "passed"))
            for n in range(20)
            for unit in COURSE.units
        ]
        slowest = ClassRecord.of(run_of(everybody)).slowest
        assert [(each.student, each.unit.id) for each in slowest[:3]] == [(0, "first"), (0, "second"), (1, "first")]

    def test_lateness_costs_points_but_no_discrimination(self, report):
        late = graded("Ann", FIRST, alpha="passed", beta="passed")
        late.late_days = 2
        for each in late.exercises:
            each.points /= 2
        results = [late, graded("Ben", FIRST, alpha="failed", beta="passed")]
        record = ClassRecord.of(run_of(results))
        assert [student.points for student in record.students] == [3, 4]
        assert record.checks["first", "test_first.py::test_alpha_0"][1].discrimination is None, (
            "4 points elsewhere, both"
        )
        assert Tags(report(results).read_text()).data["students"][0][4][0][2:5] == [2, 0, 6]

    def test_a_student_without_a_result_for_a_unit_is_missing_there(self):
        record = ClassRecord.of(run_of([graded("Gus", SECOND, gamma="passed")]))
        assert dict(record.unit_statuses[0]) == {"missing": 1}
        assert record.students[0].points == 10

    def test_an_empty_class_has_a_report(self, report):
        assert "No student has points to show" in report([]).read_text()

    def test_results_are_let_go(self, report):
        alive, most = 0, 0

        def gone():
            nonlocal alive
            alive -= 1

        class Lazy:
            def __iter__(self):
                nonlocal alive, most
                for number in range(50):
                    for unit in COURSE.units:
                        result = graded(f"s{number}", unit, **dict.fromkeys(unit.points, "failed, passed"))
                        alive += 1
                        most = max(most, alive)
                        weakref.finalize(result, gone)
                        yield result

        report(Lazy())
        assert most <= 3 * len(COURSE.units)


class TestSize:
    def test_texts_are_kept_once_and_shared_fairly(self, monkeypatch):
        monkeypatch.setattr(class_record, "TEXT_BYTES", 1000)
        texts = Texts()
        for student in range(10):
            texts.next_student()
            for number in range(10):
                texts.add(f"{student}-{number}" + 50 * "x")
                texts.add("what everybody says")
        table = texts.table()
        assert sum(map(cost, set(table))) <= 1000
        kept = {text[:3] for text in table if text.endswith("x")}
        assert kept >= {f"{student}-0" for student in range(10)}, "each student's first"
        assert all(each.endswith(("-0", "-1")) for each in kept), "nobody's third before another's second"

    def test_one_student_cannot_fill_the_page(self):
        texts = Texts()
        texts.next_student()
        numbers = [texts.add(f"{number}" + 500 * "<") for number in range(100)]
        assert texts.table()[numbers[-1]] == LEFT_OUT
        assert sum(map(cost, texts.table())) < class_record.STUDENT_BYTES + 1000

    def test_cost_is_the_size_in_the_page(self):
        text = 'a<b>&"\\\n\u00fc'
        assert cost(text) == len(zlib.decompress(base64.b64decode(packed(text)))) + 1  # and a comma

    def test_long_messages_and_many_failures_are_cut(self, monkeypatch, report):
        monkeypatch.setattr(class_record, "FAILURES", 2)
        many = ", ".join(["failed"] * 5)
        path = report([graded("Hal", FIRST, message=5000 * "long ", alpha=many, beta=many)])
        data = Tags(path.read_text()).data
        assert max(map(len, data["texts"])) <= class_record.TEXT_CHARS + len(" [...]")
        shown = [data["checks"][data["failures"][number][0]] for number in data["students"][0][5]]
        assert [exercise for _, exercise in shown] == [0, 1], "the first of each exercise"


def hostile_class():
    hint = "Take <b> & not </b>."
    return class_that_writes(HOSTILE_NAMES, HOSTILE_TEXT, hint)


def harmless_class():
    return class_that_writes([f"name {number}" for number in range(len(HOSTILE_NAMES))], HARMLESS_TEXT, "a hint")


def class_that_writes(names, text, hint):
    outcomes = {"alpha": "failed, error", "beta": "broken"}
    return [
        result
        for number, name in enumerate(names)
        for result in (
            graded(name, FIRST, message=f"{text} {number}", hint=hint, **outcomes),
            nothing(name, SECOND, "not loaded", text),
        )
    ]


class TestHostility:
    def test_a_report_has_the_same_elements_whatever_students_write(self, report):
        harmless = Tags(report(harmless_class()).read_text())
        path = report(hostile_class())
        hostile = Tags(path.read_text())
        assert hostile.tags == harmless.tags
        assert {(tag, name) for tag, name, _ in hostile.attributes} == {
            (tag, name) for tag, name, _ in harmless.attributes
        }

    def test_a_students_page_has_the_same_elements_whatever_they_write(self, tmp_path):
        pages = []
        for results in (hostile_class()[:2], harmless_class()[:2]):
            path = tmp_path / "page.html"
            write_feedback_html(COURSE, results[0].student, results, path)
            pages.append(Tags(path.read_text()))
        assert pages[0].tags == pages[1].tags
        assert {each[:2] for each in pages[0].attributes} == {each[:2] for each in pages[1].attributes}

    def test_embedded_data_hold_no_markup_and_nothing_is_lost(self, report):
        page = Tags(report(hostile_class()).read_text())
        assert re.fullmatch("[A-Za-z0-9+/=]+", page.scripts[0])
        names = [student[0] for student in page.data["students"]]
        assert names[:4] == HOSTILE_NAMES[:4]
        assert names[6] == HOSTILE_NAMES[6]
        assert any(HOSTILE_NAMES[0] in text for text in page.data["texts"])

    def test_no_control_character_no_override_no_half_character(self, report, tmp_path):
        whole = report(hostile_class()).read_text()
        pages = [whole, json.dumps(Tags(whole).data, ensure_ascii=False)]
        for results in zip(*[iter(hostile_class())] * 2, strict=True):
            path = tmp_path / "page.html"
            write_feedback_html(COURSE, results[0].student, results, path)
            pages.append(path.read_text())
        for page in pages:
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
            assert not re.search("[\ud800-\udfff]", page), "a name has it written out"

    def test_only_the_pages_own_script_may_run_and_nothing_is_loaded(self, report, tmp_path):
        student = tmp_path / "student.html"
        write_feedback_html(COURSE, "Ada", small_class()[:2], student)
        for path in (report(small_class()), student):
            page = Tags(path.read_text())
            policy = next(value for _, name, value in page.attributes if name == "content" and "default-src" in value)
            digest = base64.b64encode(hashlib.sha256(page.scripts[-1].encode()).digest()).decode()
            assert policy.startswith(
                f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
            )
            assert not [
                each for each in page.attributes if each[1].startswith("on") or each[1] in ("src", "srcset", "action")
            ]
            links = [value for _, name, value in page.attributes if name == "href"]
            assert all(link.startswith("#") for link in links)
            assert not re.search(r"url\(|@import|https?:", path.read_text())
            assert "innerHTML" not in path.read_text()


class TestHiddenInputs:
    RESULT = graded("Ida", FIRST, message="got 41", alpha="failed, failed", beta="passed", hint="Add one.")

    def secret(self):
        for check in self.RESULT.checks:
            if check.check.startswith("hidden.py"):
                check.call, check.message = "alpha(SECRETCALL)", "SECRETVALUE"
        return [self.RESULT]

    def test_left_out_of_both_pages_unless_allowed(self, report, tmp_path):
        for show_hidden in (True, False):
            page = tmp_path / "page.html"
            write_feedback_html(COURSE, "Ida", self.secret(), page, show_hidden=show_hidden)
            whole = report(self.secret(), show_hidden=show_hidden).read_text()
            for text in (page.read_text(), whole + json.dumps(Tags(whole).data)):
                assert ("SECRETCALL" in text) == ("SECRETVALUE" in text) == show_hidden
                assert "alpha 1" in text
                assert "Add one." in text
                assert "got 41" in text


class TestStudentsPage:
    def test_says_what_the_markdown_says(self, tmp_path):
        results = small_class()[2:4]
        write_feedback_html(COURSE, "Bo", results, tmp_path / "Bo.html")
        page = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", (tmp_path / "Bo.html").read_text().split("<main>")[1]))
        markdown = feedback(COURSE, "Bo", results)
        for words in ("alpha 1: failed", "beta 0: failed", "gamma 0: error", "Divide first.", "wrong results"):
            assert words in page
            assert words in markdown
        assert "6 of 16 points" in page
        assert "Unit first: 1 of 6" in page

    def test_what_failed_comes_first_and_every_way_leads_back(self, tmp_path):
        path = tmp_path / "bo.html"
        mine = [result for result in small_class() if result.student == "Bo"]
        write_feedback_html(COURSE, "Bo", mine, path)
        text = path.read_text(encoding="utf-8")
        assert text.index("What failed") < text.index("Divide first.") < text.index("<table")
        ids = set(re.findall(r'id="([^"]+)"', text)) | {"top"}
        links = re.findall(r'href="#([^"]+)"', text)
        assert set(links) <= ids
        assert {"first", "second", "first.alpha", "top"} <= set(links)
        assert links.count("top") == 2

    def test_holds_nothing_of_the_class(self, tmp_path):
        write_feedback_html(COURSE, "Bo", small_class()[2:4], tmp_path / "Bo.html")
        text = (tmp_path / "Bo.html").read_text()
        assert "5eed" not in text
        assert "Ada" not in text

    def test_a_unit_that_could_not_be_imported_says_why(self, tmp_path):
        write_feedback_html(COURSE, "Di", small_class()[6:8], tmp_path / "Di.html")
        text = (tmp_path / "Di.html").read_text()
        assert "could not be imported" in text
        assert "first.py, line 3: invalid syntax" in text


# Real Chromium.


class Page:
    """A page in Chromium, and what a reader does with it."""

    def __init__(self, driver, path, width=1280, height=900, dark=False):
        self.driver = driver
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]},
        )
        driver.get("about:blank")
        driver.get_log("browser")
        driver.get(path.as_uri())
        self.run("localStorage.clear()")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, script, *arguments):
        """What the script returns as soon as it is true."""
        end = time.monotonic() + 60
        while not (value := self.run(script, *arguments)):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)
        return value

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def names(self):
        return self.run("return [...document.querySelectorAll('#map tbody .who')].map(each => each.textContent)")

    def choose(self, selector, words):
        from selenium.webdriver.support.ui import Select

        Select(self.find(selector)).select_by_visible_text(words)

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]


class TestInChromium:
    def test_heat_map_is_there(self, chromium, report):
        page = Page(chromium, report(small_class()))
        assert page.names() == ["Ada", "Bo", "Cy", "Di", "Ed"]
        cells = "return [...document.querySelectorAll('#map tbody tr:nth-child(3) td')].map(each => each.textContent)"
        assert page.run(cells) == ["6", "1", "1", "0", "5", "5"]  # Bo: all, unit, alpha, beta, unit, gamma
        words = page.run("return document.querySelector('#map tbody').textContent")
        assert all(word in words for word in ("todo", "load", "!!", "-"))
        assert page.until("return performance.getEntriesByName('heat-map-painted').length")
        assert page.complaints() == []

    def test_sort_search_and_filter(self, chromium, report):
        page = Page(chromium, report(small_class()))
        page.choose("#sort", "points")
        page.find("#direction").click()
        assert page.names()[0] == "Ada"
        assert page.names()[-1] == "Di"
        page.find("#map [data-key='e1']").click()
        assert page.names()[:3] == ["Bo", "Cy", "Di"], "by beta, nothing first, equals by name"
        page.find("#map [data-key='name']").click()
        assert page.find("#map th.name").get_attribute("aria-sort") == "ascending"
        page.choose("#status", "1 with an exercise: could not be imported")
        assert page.names() == ["Di"]
        page.choose("#status", "all 5")
        page.find("#search").send_keys("D")
        assert page.names() == ["Ada", "Di", "Ed"]
        assert page.find("#count").text == "3 of 5 students"

    def test_units_open_and_close(self, chromium, report):
        page = Page(chromium, report(small_class()))
        columns = "return document.querySelectorAll('#map thead th').length"
        assert page.run(columns) == 2 + 2 + 3
        page.find("#map [data-unit='0']").click()
        assert page.run(columns) == 2 + 2 + 1
        assert page.run("return document.activeElement.dataset.unit") == "0"
        page.find("#collapse").click()
        assert page.run(columns) == 2 + 2
        page.find("#expand").click()
        assert page.run(columns) == 2 + 2 + 3

    def test_drill_down_shows_the_feedback(self, chromium, report):
        page = Page(chromium, report(small_class()))
        page.find("#map tbody tr:nth-child(3) .who").click()
        page.until("return document.querySelector('dialog').open")
        text = page.find("#student").text
        for words in (
            "Bo",
            "Unit first: 1 of 6",
            "alpha 1: failed",
            "alpha('Bo')",
            "it is wrong",
            "Divide first.",
            "error",
        ):
            assert words in text
        assert page.find("#student-feedback a").get_attribute("href").endswith("/feedback/Bo.html")
        page.find("#next").click()
        page.until("return document.getElementById('student-name').textContent === 'Cy'")
        assert "not written yet" in page.find("#student").text
        page.run("history.back()")
        page.until("return !document.querySelector('dialog').open")

    @pytest.mark.parametrize("width", [1400, 390])
    def test_what_was_decided_is_in_map_list_and_feedback(self, chromium, report, width):
        ada, second, *others = small_class()
        more = Decision(1, "Ada", FIRST.id, "", Ruling.POINTS, 1.5, HOSTILE_TEXT, "2026-11-26T10:00:00")
        ill = Decision(2, "Ada", SECOND.id, "", Ruling.EXCUSE, 0.0, "ill", "2026-11-26T10:00:00")
        results = [decided(ada, [more]), decided(second, [ill]), *others]
        page = Page(chromium, report(results), width)
        cells = page.run(
            "return [...document.querySelectorAll('#map tbody tr:nth-child(2) .unit')].map(e => e.textContent)"
        )
        assert cells == ["7.5", "exc"]
        words = page.find("#decisions").text
        assert "+1.5 points" in words
        assert "excused, does not count" in words
        page.find("#decisions [data-student]").click()
        feedback = page.until("return document.querySelector('#student[open]')?.textContent")
        assert "7.5 of 6 points" in feedback
        assert "2026-11-26, excused, does not count: ill" in feedback
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
        assert not page.run("return window.canary")
        assert page.complaints() == []

    def test_mistakes_and_troubles_lead_to_students(self, chromium, report):
        page = Page(chromium, report(small_class()))
        page.find("#mistakes details summary").click()
        page.until("return document.querySelector('#mistakes .people .who')?.textContent === 'Bo'")
        page.find("#machinery .who").click()
        page.until("return document.getElementById('student-name').textContent === 'Ed'")
        assert "the grader's worker died" in page.find("#student").text

    def test_keyboard(self, chromium, report):
        from selenium.webdriver.common.keys import Keys

        page = Page(chromium, report(small_class()))
        page.run("document.querySelector('#map tbody .who').focus()")
        assert page.run("return document.querySelectorAll('#map tbody .who[tabindex=\"0\"]').length") == 1
        active = page.driver.switch_to
        active.active_element.send_keys(Keys.ARROW_DOWN)
        active.active_element.send_keys(Keys.ARROW_DOWN)
        assert active.active_element.text == "Cy"
        active.active_element.send_keys(Keys.END)
        assert active.active_element.text == "Ed"
        active.active_element.send_keys(Keys.ENTER)
        page.until("return document.querySelector('dialog').open")
        active.active_element.send_keys(Keys.ESCAPE)
        page.until("return !document.querySelector('dialog').open")
        assert active.active_element.text == "Ed"

    def test_large_class_keeps_few_rows_in_the_page(self, chromium, report):
        results = [
            graded(f"student {number}", unit, **dict.fromkeys(unit.points, "passed, failed"))
            for number in range(500)
            for unit in COURSE.units
        ]
        page = Page(chromium, report(results))
        assert page.names()[:3] == ["student 0", "student 1", "student 2"], "numbers sort as numbers"
        assert len(page.names()) < 60
        page.run("const map = document.getElementById('map'); map.scrollTop = map.scrollHeight")
        page.until("return document.querySelector('#map [data-student=\"499\"]')")
        assert len(page.names()) < 60
        page.run("window.dispatchEvent(new Event('beforeprint'))")
        assert len(page.names()) == 500, "the printer gets all"

    def test_hostile_students_run_nothing(self, chromium, report, tmp_path):
        page = Page(chromium, report(hostile_class()))
        assert len(page.names()) == len(HOSTILE_NAMES)
        assert HOSTILE_NAMES[0] in page.names()
        title = page.run("return document.title")
        for number in range(len(HOSTILE_NAMES)):
            page.run("location.hash = arguments[0]", f"s{number}")
            page.until("return document.querySelector('#student pre')")
        page.find("#close").click()
        for details in page.driver.find_elements("css selector", "#mistakes summary"):
            details.click()
        paths = [tmp_path / f"{number}.html" for number in range(len(HOSTILE_NAMES))]
        assert page.run("return [window.canary ?? null, document.images.length, document.title]") == [None, 0, title]
        assert page.complaints() == []
        for path, results in zip(paths, zip(*[iter(hostile_class())] * 2, strict=True), strict=True):
            write_feedback_html(COURSE, results[0].student, results, path)
            page = Page(chromium, path)
            assert page.run("return [window.canary ?? null, document.images.length]") == [None, 0]
            assert page.complaints() == []

    def test_a_script_that_got_in_would_not_run(self, chromium, report):
        """The policy is the second wall: what is added to the page by force does not run either."""
        page = Page(chromium, report(small_class()))
        page.run("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.canary = 1\">')")
        page.run("const s = document.createElement('script'); s.text = 'window.canary = 2'; document.body.append(s)")
        page.until("return document.images[0].complete")
        assert page.run("return window.canary ?? null") is None
        assert any("Content Security Policy" in each for each in page.complaints())

    def test_light_dark_and_the_button(self, chromium, report):
        colour = "return getComputedStyle(document.body).backgroundColor"
        light = Page(chromium, report(small_class())).run(colour)
        page = Page(chromium, report(small_class()), dark=True)
        dark = page.run(colour)
        assert light != dark
        page.find("#theme").click()
        assert page.run(colour) == light
        assert page.find("#theme").get_attribute("aria-pressed") == "false"

    @pytest.mark.parametrize("width", [360, 1280])
    def test_nothing_sticks_out_of_the_window(self, chromium, report, tmp_path, width):
        long = graded("x" * 200, FIRST, message="y" * 2000, alpha="failed, failed", beta="passed")
        student = tmp_path / "student.html"
        write_feedback_html(COURSE, long.student, [long], student)
        page = Page(chromium, student, width=width)
        overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.run(overflow) == 0
        page = Page(chromium, report([*small_class(), long]), width=width)
        assert page.run(overflow) == 0
        page.run("location.hash = 's5'")
        page.until("return document.querySelector('dialog').open")
        assert page.run(overflow) == 0
        assert page.run("const d = document.querySelector('dialog'); return d.scrollWidth - d.clientWidth") == 0
