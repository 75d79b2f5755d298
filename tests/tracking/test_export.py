"""The hand-over to reporting tools: files that bring back the same values, a dictionary, a Power BI project."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from cifar_teach.tracking.export import export_experiments
from cifar_teach.tracking.exported import RELATIONSHIPS, export_tables
from cifar_teach.tracking.powerbi import MEASURES, write_project
from cifar_teach.tracking.powerbi_report import PAGES
from cifar_teach.tracking.problems import TrackingError
from cifar_teach.tracking.schema import FIVE_TABLES
from cifar_teach.tracking.store import ExperimentStore
from tests.tracking import tmdl
from tests.tracking.example import enter, epoch, start_run

STABLE = {
    "Datasets": "dataset_id name kind is_synthetic checksum train_size test_size subset_seed num_classes",
    "Classes": "class_id dataset_id class_index class_name",
    "Runs": "run_id name status seed dataset_id profile train_images validation_images git_revision command hardware "
    "versions started_utc seen_utc finished_utc seconds cpu_seconds",
    "Model_Info": "model_id run_id dataset_id model_name seed status parameters parameters_not_trainable macs "
    "number_format recipe planned_epochs train_seconds train_cpu_seconds predict_seconds temperature accuracy "
    "accuracy_low accuracy_high macro_f1 nll brier ece ece_calibrated started_utc finished_utc",
    "Epoch_Stats": "model_id epoch loss accuracy val_loss val_accuracy gap learning_rate seconds logged_utc",
    "Class_Metrics": "model_id class_id class_index class_name support predicted_images hits precision recall f1",
    "Confusion_Matrix": "model_id true_class_id true_label true_class predicted_class_id predicted_label "
    "predicted_class images",
    "Predictions_Log": "model_id image_index label predicted confidence calibrated_confidence correct probabilities "
    "true_class_id true_class predicted_class",
}
"""Someone's report depends on these. Add at the end of a table if you must; never rename, reorder or remove."""

READ = {"integer": int, "float": float, "text": str, "time": datetime.fromisoformat}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with ExperimentStore(str(tmp_path_factory.mktemp("export") / "experiments.db")) as opened:
        enter(opened)
        unfinished = opened.start_model(start_run(opened, "key-2", name='Zoë\'s "second", try'), "baseline", 3)
        opened.log_epoch(unfinished, epoch(1, val_loss=None, val_accuracy=None))
        yield opened


@pytest.fixture(scope="module")
def folder(store, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("csv")
    export_experiments(store, folder)
    return folder


def truth(store: ExperimentStore, table) -> list[tuple]:
    """Return what the database holds, read in another way than by the export."""
    from sqlalchemy import DateTime, text

    times = {column.name: DateTime() for column in table.columns if column.kind == "time"}
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(table.query).columns(**times))]


def read_csv(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_columns_and_their_order_are_stable():
    assert {table.name: " ".join(column.name for column in table.columns) for table in export_tables()} == STABLE


@pytest.mark.parametrize("table", export_tables(), ids=lambda table: table.name)
def test_csv_brings_back_every_value(store, folder, table):
    header, rows = read_csv(folder / f"{table.name}.csv")
    assert header == [column.name for column in table.columns]
    values = [
        tuple(None if text == "" else READ[column.kind](text) for column, text in zip(table.columns, row, strict=True))
        for row in rows
    ]
    assert values == truth(store, table)
    assert values


@pytest.mark.parametrize("table", export_tables(), ids=lambda table: table.name)
def test_parquet_brings_back_every_value_and_type(store, tmp_path_factory, table):
    pq = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path_factory.getbasetemp() / "parquet"
    if not folder.exists():
        export_experiments(store, folder, form="parquet")
    found = pq.read_table(folder / f"{table.name}.parquet")
    assert [tuple(row.values()) for row in found.to_pylist()] == truth(store, table)
    kinds = {"integer": "int64", "float": "double", "text": "string", "time": "timestamp[us]"}
    assert [str(field.type) for field in found.schema] == [kinds[column.kind] for column in table.columns]
    assert [field.nullable for field in found.schema] == [column.nullable for column in table.columns]
    assert found.schema.field(0).metadata[b"description"].decode() == table.columns[0].doc


def test_files_are_utf8_with_crlf_iso_dates_and_empty_for_null(folder):
    raw = (folder / "Runs.csv").read_bytes()
    assert b"\r\n" in raw
    assert 'Zoë\'s ""second"", try' in raw.decode("utf-8")
    header, rows = read_csv(folder / "Runs.csv")
    second = dict(zip(header, rows[1]))
    assert second["finished_utc"] == "" and second["status"] == "running"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", second["started_utc"])
    header, rows = read_csv(folder / "Epoch_Stats.csv")
    assert dict(zip(header, rows[-1]))["gap"] == ""


def test_a_run_whose_process_is_gone_is_exported_as_interrupted(tmp_path):
    from cifar_teach.tracking.connecting import writing

    with ExperimentStore(str(tmp_path / "a.db")) as store:
        start_run(store)
        with writing(store.engine) as connection:
            connection.exec_driver_sql('UPDATE "Runs" SET process = 4194305')  # above the highest number Linux gives
        export_experiments(store, tmp_path / "out")
    header, rows = read_csv(tmp_path / "out" / "Runs.csv")
    assert dict(zip(header, rows[0]))["status"] == "interrupted"


def test_the_data_dictionary_describes_the_files_that_are_there(folder):
    dictionary = json.loads((folder / "data-dictionary.json").read_text(encoding="utf-8"))
    assert {table["name"] for table in dictionary["tables"]} >= set(FIVE_TABLES)
    page = (folder / "data-dictionary.md").read_text(encoding="utf-8")
    for table in dictionary["tables"]:
        header, rows = read_csv(folder / table["file"])
        assert [column["name"] for column in table["columns"]] == header
        assert table["rows"] == len(rows)
        for column in table["columns"]:
            assert column["type"] in dictionary["types"]
            assert f"| {column['name']} | {column['type']} |" in page
            assert column["description"] in page


def test_relationships_hold_in_the_exported_files(folder):
    assert len(RELATIONSHIPS) == 9
    for one in RELATIONSHIPS:
        many_header, many = read_csv(folder / f"{one.many_table}.csv")
        one_header, ones = read_csv(folder / f"{one.one_table}.csv")
        keys = [row[one_header.index(one.one_column)] for row in ones]
        assert len(keys) == len(set(keys))
        assert {row[many_header.index(one.many_column)] for row in many} <= set(keys)


def test_errors(store, tmp_path):
    with pytest.raises(TrackingError, match="no export as 'xlsx'"):
        export_experiments(store, tmp_path, form="xlsx")


# --- Power BI ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(folder, tmp_path_factory) -> Path:
    return write_project(tmp_path_factory.mktemp("powerbi"), folder)


@pytest.fixture(scope="module")
def model(project) -> dict[str, tmdl.Node]:
    definition = project.parent / "experiments.SemanticModel" / "definition"
    return {path.stem: tmdl.parse(path.read_text(encoding="utf-8")) for path in definition.rglob("*.tmdl")}


def load(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_project_leads_to_its_report_and_that_to_its_model(project):
    entry = load(project)
    assert entry["version"] == "1.0"
    report = project.parent / entry["artifacts"][0]["report"]["path"]
    definition = load(report / "definition.pbir")
    assert definition["version"] == "4.0"
    semantic = (report / definition["datasetReference"]["byPath"]["path"]).resolve()
    assert load(semantic / "definition.pbism")["version"] == "4.2"
    for item, kind in ((report, "Report"), (semantic, "SemanticModel")):
        platform = load(item / ".platform")
        assert platform["metadata"] == {"type": kind, "displayName": "experiments"}
        assert re.fullmatch(r"[0-9a-f-]{36}", platform["config"]["logicalId"])


def test_every_json_file_names_its_schema(project):
    found = [path for path in project.parent.rglob("*") if path.is_file() and path.suffix != ".tmdl"]
    assert len(found) > 20
    for path in found:
        assert re.match(
            r"https://developer\.microsoft\.com/json-schemas/fabric/.+/schema\.json$", load(path)["$schema"]
        )


def test_the_model_has_a_typed_column_for_each_column_of_the_files(model, folder):
    kinds = {"integer": "int64", "float": "double", "text": "string", "time": "dateTime"}
    assert [node.name for node in model["model"].all("ref table")] == [table.name for table in export_tables()]
    for table in export_tables():
        (node,) = model[table.name].children
        assert (node.kind, node.name, node.description) == ("table", table.name, table.doc)
        columns = node.all("column")
        header, _ = read_csv(folder / f"{table.name}.csv")
        assert [column.properties["sourceColumn"] for column in columns] == header
        assert [column.properties["dataType"] for column in columns] == [kinds[c.kind] for c in table.columns]
        (partition,) = node.all("partition")
        source = partition.properties["source"]
        assert (partition.expression, partition.properties["mode"]) == ("m", "import")
        assert source.startswith("let") and source.endswith("Typed")
        assert f'Folder & "\\{table.name}.csv"' in source
        assert f"Columns={len(header)}" in source
        assert all(f'{{"{name}", ' in source for name in header)


def test_every_lineage_tag_occurs_once(model):
    tags = []
    for node in model.values():
        for child in node.children:
            tags += [one.properties["lineageTag"] for one in (child, *child.children) if "lineageTag" in one.properties]
    assert len(tags) == len(set(tags)) > 80


def test_relationships_of_the_model_join_columns_that_exist(model):
    columns = {
        f"{name}.{column.name}" for name in STABLE for column in model[name].children[0].all("column")
    }  # fmt: skip
    found = {(node.properties["fromColumn"], node.properties["toColumn"]) for node in model["relationships"].children}
    assert found == {
        (f"{one.many_table}.{one.many_column}", f"{one.one_table}.{one.one_column}") for one in RELATIONSHIPS
    }
    assert {name for pair in found for name in pair} <= columns


def test_no_table_can_be_filtered_on_two_ways(model):
    """Power BI refuses such a model: filters go from the one side to the many side."""
    ways: dict[str, list[str]] = {}
    for one in RELATIONSHIPS:
        ways.setdefault(one.one_table, []).append(one.many_table)

    def reached(table: str) -> list[str]:
        return [name for way in ways.get(table, []) for name in (way, *reached(way))]

    for table in ways:
        assert len(reached(table)) == len(set(reached(table)))


def test_measures_use_what_exists(model):
    known = {column.name for name in STABLE for column in model[name].children[0].all("column")}
    measures = {measure.name: measure for name in STABLE for measure in model[name].children[0].all("measure")}
    assert {"Accuracy", "Macro F1", "Generalisation gap"} <= measures.keys()
    assert len(measures) == sum(len(of_table) for of_table in MEASURES.values())
    for measure in measures.values():
        assert measure.properties["formatString"]
        for table, column in re.findall(r"(\w+)\[(\w+)\]", measure.expression):
            assert column in STABLE[table].split()
        for name in re.findall(r"(?<!\w)\[([^\]]+)\]", measure.expression):
            assert name in measures
        assert measure.expression.count("(") == measure.expression.count(")")
    assert known


def test_the_folder_is_a_parameter(model, folder):
    (expression,) = model["expressions"].children
    assert expression.name == "Folder"
    assert expression.expression.startswith(f'"{folder}" meta [IsParameterQuery=true')


def test_pages_show_fields_that_exist(project, model):
    definition = project.parent / "experiments.Report" / "definition"
    pages = load(definition / "pages" / "pages.json")
    assert pages["pageOrder"] == list(PAGES) and pages["activePageName"] in PAGES
    shown = 0
    for page in pages["pageOrder"]:
        settings = load(definition / "pages" / page / "page.json")
        assert settings["name"] == page
        for path in (definition / "pages" / page / "visuals").glob("*/visual.json"):
            visual = load(path)
            assert visual["name"] == path.parent.name
            place = visual["position"]
            assert 0 <= place["x"] and place["x"] + place["width"] <= settings["width"]
            assert 0 <= place["y"] and place["y"] + place["height"] <= settings["height"]
            for role in visual["visual"]["query"]["queryState"].values():
                for projection in role["projections"]:
                    ((kind, field),) = projection["field"].items()
                    table = model[field["Expression"]["SourceRef"]["Entity"]].children[0]
                    assert field["Property"] in [node.name for node in table.all(kind.lower())]
                    shown += 1
    assert shown >= 25


def test_the_parser_refuses_what_power_bi_would_refuse():
    for wrong in ("table A\n  column b", "table A\n\t\t\tcolumn b", "tabel A", "table A\n\tdataType int64", "isHidden"):
        with pytest.raises(ValueError, match="line"):
            tmdl.parse(wrong)
