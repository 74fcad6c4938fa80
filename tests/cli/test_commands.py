"""Each command from the outside: what it prints where, its exit code, and what a mistake looks like."""

import csv
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib

from kg.files import data_folder

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CELLKG = Path(sys.executable).parent / "cellkg"
COMMANDS = ["build", "validate", "query", "queries", "explain", "coverage", "info", "fetch", "ontology"]
NK = "nk-products-by-donor-and-tissue"


def assert_mistake(done: "subprocess.CompletedProcess[str]", code: int, *words: str) -> None:
    """A user's mistake: the code, the words on standard error, no traceback, nothing on standard output."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


# Help


def test_help_lists_every_command_with_a_sentence(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].{{15,}}", done.stdout, re.MULTILINE), name


@pytest.mark.parametrize(
    "arguments", [[name] for name in COMMANDS] + [["ontology", n] for n in ("build", "format", "check")]
)
def test_every_option_and_argument_is_explained(arguments: list[str], run: Run) -> None:
    done = run(*arguments, "--help")
    assert done.returncode == 0
    for line in done.stdout.splitlines():
        if re.match(r"  -", line):
            assert re.search(r"\S {2,}\S", line) or len(line) > 25, line


def test_no_command_shows_the_help(run: Run) -> None:
    done = run()
    assert done.returncode == 2
    assert "Commands" in done.stdout + done.stderr


def test_version(run: Run) -> None:
    assert re.fullmatch(r"cellkg \d+\.\d+\.\d+\S*\n", run("--version").stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str, run: Run) -> None:
    """What --show-completion prints for the shell that it finds; tests may run under any."""
    done = run(_CELLKG_COMPLETE=f"source_{shell}")
    assert done.returncode == 0
    assert "cellkg" in done.stdout.lower()


def test_names_of_queries_are_completed(run: Run) -> None:
    done = run(_CELLKG_COMPLETE="complete_bash", COMP_WORDS="cellkg query nk-", COMP_CWORD="2")
    assert NK in done.stdout


# Build, info, coverage


def test_build_says_what_it_did_and_what_next(run: Run, tmp_path: Path) -> None:
    done = run("build", data_folder("examples"))
    assert done.returncode == 0
    assert "4 records read: 4 mapped, 0 rejected" in done.stdout
    assert "cellkg query" in done.stdout
    assert (tmp_path / "release" / "manifest.json").is_file()
    assert run("query", NK).returncode == 0
    assert done.stderr == ""


def test_bad_record_is_set_aside_and_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    good = (data_folder("examples") / "NCT05272293.json").read_text()
    (tmp_path / "in" / "good.json").write_text(good)
    (tmp_path / "in" / "bad.json").write_text(good.replace('"count": 15', '"count": "many"'))
    done = run("build", "in")
    assert done.returncode == 0
    assert "1 rejected" in done.stdout
    assert "enrollmentInfo.count" in done.stdout
    strict = run("build", "in", "--out", "strict", "--strict")
    assert strict.returncode == 3
    assert "Traceback" not in strict.stderr
    assert "bad.json" in strict.stderr


@pytest.mark.parametrize(
    "content", [None, b"", b'{"protocolSection": {"identificationModule": {"nctId": "NCT0', b"\x00\xff\xfe"]
)
def test_input_that_is_no_record(content: bytes | None, run: Run, tmp_path: Path) -> None:
    """A missing, empty, truncated or binary input ends with code 3 and its name."""
    if content is not None:
        (tmp_path / "input.json").write_bytes(content)
    done = run("build", "input.json")
    assert done.returncode == 3
    assert "input.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "release").exists()


def test_info_shows_counts_and_json_gives_the_manifest(run: Run, release: Path) -> None:
    assert "mapped: 4" in run("info", release).stdout
    assert run("info", "--graph", release).stdout == run("info", release).stdout
    assert_mistake(run("info", release, "--graph", "other"), 2, "other")
    assert json.loads(run("info", release, "--json").stdout)["cellkg"]


def test_coverage_accounts_for_the_examples(run: Run) -> None:
    done = run("coverage", data_folder("examples"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unknown" in done.stdout


# Query


def test_table_goes_to_standard_output_and_the_count_to_standard_error(run: Run, release: Path) -> None:
    done = run("query", NK, "--graph", release)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["donor", "tissue", "trials", "products"]
    assert "ckg:Haploidentical" in done.stdout
    assert re.fullmatch(r"\d+ rows?\n", done.stderr)


def test_table_in_a_pipe_is_never_cut(run: Run, release: Path) -> None:
    done = run("query", "what-is-known-about-trial", "--graph", release, COLUMNS="40")
    longest = "Who still meets the criteria after the first cycle can be given a second one."
    assert longest in done.stdout
    assert "\x1b" not in done.stdout


def test_csv_tsv_and_json_are_the_w3c_formats(run: Run, release: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("query", NK, "-g", release, "-f", "csv").stdout)))
    table = json.loads(run("query", NK, "-g", release, "-f", "json").stdout)
    lines = run("query", NK, "-g", release, "-f", "tsv").stdout.splitlines()
    assert len(rows) == len(table["results"]["bindings"]) == len(lines) - 1 > 0
    assert lines[0] == "?donor\t?tissue\t?trials\t?products"
    assert table["head"]["vars"] == list(rows[0])


def test_graph_is_printed_as_turtle(run: Run, release: Path) -> None:
    done = run("query", "statements-about-trial", "-g", release, "-p", "trial=NCT03597321", "-f", "ttl")
    graph = rdflib.Graph().parse(data=done.stdout, format="turtle")
    assert len(graph) > 50
    assert "@prefix ckg:" in done.stdout


@pytest.mark.parametrize(("question", "form"), [(NK, "ttl"), ("ask.rq", "csv")])
def test_format_that_cannot_hold_the_answer(question: str, form: str, run: Run, release: Path, tmp_path: Path) -> None:
    (tmp_path / "ask.rq").write_text("ASK { ?s ?p ?o }")
    assert_mistake(run("query", question, "-g", release, "-f", form), 2, "--format")


def test_own_query_from_a_file_and_from_standard_input(run: Run, release: Path, tmp_path: Path) -> None:
    (tmp_path / "own.rq").write_text("ASK { ?s ?p ?o }")
    assert run("query", "own.rq", "-g", release).stdout == "yes\n"
    assert (
        run("query", "-", "-g", release, "-f", "json", stdin="ASK { ?s ?p ?o }").stdout
        == '{"head":{},"boolean":true}\n'
    )


def test_parameter_given_twice_means_any(run: Run, release: Path) -> None:
    arguments = ["query", "myeloid-neoplasm-trials", "-g", str(release), "-f", "csv"]
    one = run(*arguments, "-p", "condition=mesh-D015470").stdout.splitlines()
    two = run(*arguments, "-p", "condition=mesh-D015470", "-p", "condition=mesh-D009101").stdout.splitlines()
    assert len(two) > len(one) > 1


MISTAKES = [
    (["query", "nk-product"], 2, [NK]),
    (["query", "no-such-thing-at-all"], 2, ["cellkg queries"]),
    (["query", NK, "-p", "product"], 2, ["name=value"]),
    (["query", NK, "-p", "donor=x"], 2, ["takes product"]),
    (["query", NK, "-f", "xlsx"], 2, ["xlsx", "table"]),
    (["query", "missing.rq"], 3, ["missing.rq"]),
    (["query", "-"], 2, ["SELECT"]),
    (["query", NK, "--graph", "nowhere"], 3, ["nowhere", "cellkg build"]),
    (["query", NK, "--endpoint", "localhost:1"], 2, ["http://"]),
    (["query", NK, "--endpoint", "http://127.0.0.1:1/"], 4, ["cannot be reached"]),
    (["query", NK, "--timeout", "soon"], 2, ["--timeout", "number"]),
    (["queries", "no-such-thing-at-all"], 2, ["cellkg queries"]),
    (["explain", "NCT00000000"], 2, ["NCT00000000"]),
    (["explain", "kg:nothing"], 2, ["kg:nothing"]),
    (["validate", "nowhere"], 3, ["nowhere"]),
    (["info", "nowhere"], 3, ["nowhere", "cellkg build"]),
    (["build"], 2, ["INPUT"]),
    (["build", "nowhere"], 3, ["nowhere"]),
    (["build", "x", "--base-iri", "not an iri"], 2, ["base IRI"]),
    (["build", "x", "--kind", "word"], 2, ["ctgov-v2"]),
    (["fetch"], 2, ["NCT"]),
    (["nonsense"], 2, ["nonsense"]),
    (["query", NK, "--nonsense"], 2, ["--nonsense"]),
]


@pytest.mark.parametrize(("arguments", "code", "words"), MISTAKES)
def test_mistake_is_a_sentence(
    arguments: list[str], code: int, words: list[str], run: Run, release: Path, tmp_path: Path
) -> None:
    """The exit code is the documented one, and the words say what to do next."""
    if arguments[0] in ("query", "explain") and not {"--graph", "--endpoint"} & set(arguments):
        arguments = [*arguments, "--graph", str(release)]
    (tmp_path / "x").write_text("{}")
    assert_mistake(run(*arguments), code, *words)


@pytest.mark.parametrize("ask", [["query", "sites-by-country"], ["explain", "NCT05272293"]])
def test_damaged_store_is_told_with_what_to_do(ask: list[str], run: Run, release: Path, tmp_path: Path) -> None:
    shutil.copytree(release, tmp_path / "cut")
    for table in (tmp_path / "cut" / "store").glob("*.sst"):
        os.truncate(table, 100)
    assert_mistake(run(*ask, "--graph", "cut"), 3, "damaged", "cellkg build INPUT... --out cut")
    shutil.rmtree(tmp_path / "cut" / "store")
    assert run(*ask, "--graph", "cut").returncode == 0


@pytest.mark.parametrize("value", ["intent=Nope", "intent=Prophylaxis"])
def test_term_that_nobody_knows(value: str, run: Run, release: Path) -> None:
    done = run("query", "donor-lymphocytes-after-transplant", "-p", value, "-g", release)
    assert_mistake(done, 2, "ckg:" + value.partition("=")[2], "Prophylactic, Preemptive or Therapeutic")


def test_term_without_rows_and_trial_that_is_not_there(run: Run, release: Path) -> None:
    known = run("query", "nk-products-by-donor-and-tissue", "-p", "product=CARNKCellProduct", "-g", release)
    assert (known.returncode, known.stderr) == (0, "0 rows\n")
    trial = run("query", "documents-about-trial", "-p", "trial=NCT99999999", "-g", release)
    assert trial.returncode == 0
    assert "knows no trial 'NCT99999999'" in trial.stderr
    assert run("explain", "NCT99999999", "-g", release).stderr.count("NCT99999999") == 1


def test_service_is_refused_unless_allowed(run: Run, release: Path) -> None:
    text = "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"
    assert_mistake(run("query", "-", "-g", release, stdin=text), 2, "SERVICE", "--allow-remote")
    allowed = run("query", "-", "-g", release, "--allow-remote", stdin=text)
    assert "--allow-remote" not in allowed.stderr


def test_long_query_is_stopped(run: Run, release: Path) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    assert_mistake(run("query", "-", "-g", release, "--timeout", "1", stdin=text), 5, "--timeout")


# Queries, explain, validate, ontology


def test_queries_lists_and_shows(run: Run) -> None:
    listed = run("queries").stdout
    assert NK in listed
    assert "allogeneic-nk-aml-arms" in run("queries", "--tag", "evidence").stdout
    shown = run("queries", "recruiting-nk-trials").stdout
    for word in ("country", "Default: any", "condition:mesh-D015470", "Columns:"):
        assert word in shown
    assert run("queries", NK, "--sparql").stdout == (data_folder("queries") / f"{NK}.rq").read_text()


def test_explain_shows_field_words_rule_and_inference(run: Run, release: Path) -> None:
    done = run("explain", "NCT05272293", "--graph", release)
    assert done.returncode == 0
    assert "According to kg:source/ctgov/NCT05272293" in done.stdout
    assert "ckg:hasPhase  ckg:Phase1\n      from protocolSection.designModule.phases[]" in done.stdout
    assert re.search(
        r'ckg:hasDonor {2}ckg:Haploidentical\n {6}"[^"]*haploidentical[^"]*"\n +in \S+, by the rule \S+', done.stdout
    )
    assert re.search(
        r"rdf:type {2}ckg:NKCellProduct\n +inferred from [^\n]*ckg:hasCellType ckg:NaturalKillerCell", done.stdout
    )


def test_explain_takes_a_node(run: Run, release: Path) -> None:
    done = run("explain", "kg:trial/NCT05272293/product/1", "--graph", release)
    assert "ckg:hasCellType  ckg:NaturalKillerCell" in done.stdout
    assert "ckg:hasPhase" not in done.stdout


def test_validate_examples_and_a_broken_file(run: Run, release: Path, tmp_path: Path) -> None:
    assert run("validate", release).returncode == 0
    (tmp_path / "broken.ttl").write_text(
        "@prefix ckg: <https://w3id.org/cellkg/ontology/> .\n"
        "<https://w3id.org/cellkg/trial/X> a ckg:Trial ; ckg:enrollment 'many' ."
    )
    done = run("validate", "broken.ttl")
    assert done.returncode == 1
    assert "enrollment" in done.stdout


def test_ontology_is_written(run: Run, tmp_path: Path) -> None:
    done = run("ontology", "build", "--out", "all.ttl")
    assert done.returncode == 0
    assert len(rdflib.Graph().parse(tmp_path / "all.ttl")) > 1000


# Terminals and signals


def terminal(arguments: list[str | Path], width: int, **environment: str) -> str:
    """Run the command in a terminal of this width; return what it shows, standard error included."""
    main, side = pty.openpty()
    env = {**os.environ, "COLUMNS": str(width), "TERM": "xterm-256color", **environment}
    env.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
    with subprocess.Popen([CELLKG, *arguments], stdout=side, stderr=side, stdin=side, env=env) as process:
        os.close(side)
        shown = b""
        while select.select([main], [], [], 60)[0]:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        process.wait(10)
    os.close(main)
    return shown.decode()


def test_a_terminal_sees_the_steps_of_a_build(tmp_path: Path) -> None:
    shown = terminal(["build", data_folder("examples"), "--out", tmp_path / "out"], 100)
    steps = ["hashing the inputs", "mapping records", "writing the files", "loading the store", "4 records read"]
    places = [shown.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_narrow_terminal_gets_one_value_a_line(release: Path) -> None:
    shown = terminal(["query", "recruiting-nk-trials", "-g", release], 40, NO_COLOR="1")
    assert re.search(r"country: Belarus\r?\n", shown)
    assert "\x1b" not in shown
    assert not re.search(r"^ +\w+: *\r?$", shown, re.MULTILINE)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_registry_number_is_broken(width: int, release: Path) -> None:
    ask: list[str | Path] = ["query", "what-is-known-about-trial", "-g", release, "-c"]
    shown = terminal([*ask, "document,property,value"], width, NO_COLOR="1")
    whole = terminal([*ask, "document"], 200, NO_COLOR="1")
    numbers = re.findall(r"kg:source/\S+", whole)
    assert numbers
    assert set(numbers) <= set(re.findall(r"kg:source/\S+", shown))
    assert not re.search(r"kg:\S+/NCT\d{0,7}\s", shown)


def test_free_text_goes_on_in_the_next_line(release: Path) -> None:
    shown = terminal(["query", "recruiting-nk-trials", "-g", release, "-c", "trial,title"], 60, NO_COLOR="1")
    lines = shown.splitlines()
    assert lines[0].split() == ["trial", "title"]
    assert all(len(line) <= 60 for line in lines)
    assert any(line.startswith(" " * 10) for line in lines)


def test_piped_table_has_no_trailing_blanks(run: Run, release: Path) -> None:
    lines = run("query", "recruiting-nk-trials", "-g", release).stdout.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_standard_output_that_takes_ascii_alone(run: Run, tmp_path: Path) -> None:
    data = '<http://x/g> { <http://x/s> <http://x/p> "\u2265 3 \u00b5g" }'
    (tmp_path / "data.trig").write_text(data, encoding="utf-8")
    ascii_only = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    table = run("query", "-", "-g", "data.trig", stdin="SELECT ?o { ?s ?p ?o }", **ascii_only)
    assert (table.returncode, table.stdout) == (0, "o\n\\u2265 3 \\xb5g\n")
    explained = run("explain", "http://x/s", "-g", "data.trig", **ascii_only)
    assert explained.returncode == 0, explained.stderr


def test_wide_terminal_gets_a_table_with_colours_unless_told(release: Path) -> None:
    coloured = terminal(["query", NK, "-g", release], 120)
    plain = terminal(["query", NK, "-g", release], 120, NO_COLOR="1")
    assert "\x1b[1m" in coloured
    assert "donor" in plain
    assert "\x1b" not in plain


def test_control_characters_of_data_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.ttl").write_text('<http://x/s> <http://x/p> "\\u001b[2J\\u0007gone" .')
    done = run("query", "-", "-g", "evil.ttl", stdin="SELECT ?o { ?s ?p ?o }")
    assert "\x1b" not in done.stdout
    assert "gone" in done.stdout


def test_reader_that_goes_away_is_no_error(release: Path) -> None:
    """`cellkg explain ... | head -1`."""
    command = f"{CELLKG} explain NCT04347616 --graph {release} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells when the query runs")
def test_interrupted_query_ends_at_once_without_a_traceback(release: Path) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with subprocess.Popen(
        [CELLKG, "query", "-", "--graph", release],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not children.read_text().split():  # the process that asks the store
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == b"cellkg: stopped.\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_build_says_so_and_leaves_nothing_half_done(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    record = (data_folder("examples") / "NCT05272293.json").read_bytes()
    lines = (b" ".join(record.split()).replace(b"NCT05272293", b"NCT%08d" % n) for n in range(1, 1500))
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    command = [CELLKG, "build", "a.jsonl", "--out", "out", "--jobs", "2"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stderr is not None
        while not list(tmp_path.glob("out.building-*/scratch/index.sqlite")):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.3)
        os.killpg(process.pid, number)
        assert process.wait(30) == code
        assert process.stderr.read() == b"cellkg: stopped.\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


# Bad input


def test_an_input_that_is_a_pipe_or_has_a_name_of_other_bytes_is_a_mistake(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert_mistake(run("build", "pipe.json"), 3, "neither a file nor a folder", "write it to a file")
    name = os.fsdecode(b"odd\xff.json")
    (tmp_path / name).write_bytes(b"{}")
    assert_mistake(run("build", name), 3, "not valid UTF-8; rename it")


def test_an_output_that_cannot_be_written_is_a_mistake(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = run("build", data_folder("examples"), "--out", tmp_path / "file" / "release")
    assert_mistake(done, 2, "cannot be written", "--out")


def test_a_number_of_thousands_of_digits_is_a_reject_with_its_path(run: Run, tmp_path: Path) -> None:
    number = "9" * 10_000
    (tmp_path / "a.json").write_text(
        f'{{"protocolSection":{{"designModule":{{"enrollmentInfo":{{"count":{number}}}}}}}}}'
    )
    assert_mistake(run("build", "a.json"), 3, "$.protocolSection.designModule.enrollmentInfo.count", "too large")


def test_an_unrecognised_file_names_an_option_that_exists(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    assert_mistake(run("build", "a.txt"), 3, "--kind")
    assert "--kind" in run("build", "--help").stdout


def test_info_shows_no_control_characters_of_a_record(run: Run, tmp_path: Path) -> None:
    record = json.loads((data_folder("examples") / "NCT05272293.json").read_bytes())
    record["protocolSection"]["key\x1b[31m"] = "value"
    (tmp_path / "a.json").write_text(json.dumps(record))
    assert run("build", "a.json", "--no-store").returncode == 0
    shown = run("info").stdout
    assert "key" in shown
    assert "\x1b" not in shown
