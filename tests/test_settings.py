"""Settings: three places to set one, one order of precedence, and no mistake passed over."""

from pathlib import Path

import pytest

from askonce.errors import BadSetting, StartRefused
from askonce.settings import EmbedderSettings, EngineSettings, load, reference_page

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def empty_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load({}, {})

    assert (settings.host, settings.port, settings.durability) == ("127.0.0.1", 8080, "power-loss")


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    path = config(tmp_path, "port = 1\nembed_threads = 2\nmemo_entries = 3\n")

    settings = load({"port": "9"}, {"ASKONCE_PORT": "5", "ASKONCE_EMBED_THREADS": "7"}, path)

    assert (settings.port, settings.embed_threads, settings.memo_entries) == (9, 7, 3)


def test_the_file_is_found_by_its_variable_and_by_its_usual_name(tmp_path: Path) -> None:
    path = config(tmp_path, "port = 1\n")
    (tmp_path / "askonce.toml").write_text("port = 2\n", encoding="utf-8")

    assert load({}, {"ASKONCE_CONFIG": str(path)}).port == 1
    assert load({}, {}).port == 2


def test_an_empty_variable_counts_as_unset() -> None:
    assert load({}, {"ASKONCE_CACHE_ID": "", "ASKONCE_PORT": ""}).port == 8080


def test_variables_of_other_programs_are_not_ours() -> None:
    assert load({}, {"PORT": "1", "OTHER_ASKONCE_PORT": "2"}).port == 8080


@pytest.mark.parametrize("variable", ["ASKONCE_PROT", "ASKONCE_EMBEDDERS", "ASKONCE_ENGINES", "ASKONCE_"])
def test_an_unknown_variable_is_an_error_that_names_it(variable: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        load({}, {variable: "1"})


def test_an_unknown_line_is_an_error_that_names_it_and_the_file(tmp_path: Path) -> None:
    path = config(tmp_path, "prot = 1\n")

    with pytest.raises(BadSetting, match=r"'prot' from .*settings\.toml"):
        load({}, {}, path)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("PORT", "x", "whole number"),
        ("PORT", "65536", "65535 or less"),
        ("PORT", "-1", "0 or more"),
        ("DURABILITY", "maybe", "'power-loss', 'process'"),
        ("LOG_FORMAT", "xml", "'console', 'json'"),
        ("CORS_ORIGINS", "https://a.example, b.example", "like https://chat.example.org"),
        ("CORS_ORIGINS", "https://a.example/", "like https://chat.example.org"),
        ("CORS_ORIGINS", "https://A.example", "small letters"),
        ("CORS_ORIGINS", "https://a.example:443", "leave :443 away"),
        ("CORS_ORIGINS", "null", "like https://chat.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy", "address or a network"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "host bits"),
    ],
)
def test_a_value_out_of_its_rule_is_an_error_that_states_the_rule(name: str, text: str, rule: str) -> None:
    with pytest.raises(BadSetting, match=rule):
        load({}, {f"ASKONCE_{name}": text})


@pytest.mark.parametrize(
    "line", ["port = true", 'port = "x"', "port = 1.5", "host = 1", 'host = ""', "cors_origins = [1]"]
)
def test_a_line_of_the_wrong_type_is_an_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadSetting):
        load({}, {}, config(tmp_path, line))


def test_a_file_that_is_missing_or_no_toml_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"nowhere\.toml"):
        load({}, {}, tmp_path / "nowhere.toml")
    with pytest.raises(StartRefused, match=r"settings\.toml"):
        load({}, {}, config(tmp_path, "port = = 1"))


def test_secrets_never_show() -> None:
    settings = load({"api_key": "k" * 20}, {"ASKONCE_ADMIN_TOKEN": "a" * 20})

    assert "k" * 20 not in repr(settings)
    assert "a" * 20 not in repr(settings)


def test_several_values_are_a_list_in_the_file_and_elsewhere_have_commas(tmp_path: Path) -> None:
    path = config(tmp_path, 'cors_origins = ["https://a.example", "http://[::1]:3000"]')

    listed = load({"trusted_proxies": "10.0.0.0/8, 2001:db8::1"}, {}, path)
    replaced = load({}, {"ASKONCE_CORS_ORIGINS": " * ,"}, path)

    assert listed.cors_origins == ("https://a.example", "http://[::1]:3000")
    assert listed.trusted_proxies == ("10.0.0.0/8", "2001:db8::1")
    assert replaced.cors_origins == ("*",)
    assert load({}, {}).cors_origins == ()


def test_a_file_that_may_be_named_is_a_path() -> None:
    assert load({}, {}).tls_certificate is None
    assert load({"tls_certificate": "cert.pem"}, {}).tls_certificate == Path("cert.pem")


def test_embedders_are_tables_of_the_file(tmp_path: Path) -> None:
    table = '[embedders.small]\nbase_url = "http://x/v1"\nmodel = "m"\ndimensions = 8\nretries = 0\n'

    settings = load({}, {}, config(tmp_path, table))

    assert settings.embedders["small"] == EmbedderSettings(
        base_url="http://x/v1", model="m", dimensions=8, retries=0
    )


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[embedders.a]\nbase_url = "x"\nmodel = "m"', "dimensions"),
        ('[embedders.a]\nbase_url = "x"\nmodel = "m"\ndimensions = 0', "1 or more"),
        ('[embedders.a]\nurl = "x"', "'url'"),
        ("embedders = 1", "tables"),
        ("[embedders]\na = 1", "tables"),
        ('[embedders.bundled]\nbase_url = "x"\nmodel = "m"\ndimensions = 8', "bundled"),
    ],
)
def test_a_faulty_embedder_is_an_error_that_names_the_fault(tmp_path: Path, table: str, problem: str) -> None:
    with pytest.raises(BadSetting, match=problem):
        load({}, {}, config(tmp_path, table))


def test_engines_are_tables_of_the_file_and_their_urls_never_show(tmp_path: Path) -> None:
    table = '[engines.main]\nurl = "redis://:a-password@x/1"\nindex = "hnsw"\ntimeout_ms = 5\n'

    settings = load({}, {}, config(tmp_path, table))

    assert settings.engines["main"] == EngineSettings(
        url="redis://:a-password@x/1", index="hnsw", timeout_ms=5
    )
    assert "a-password" not in repr(settings)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[engines.a]", "'url'"),
        ('[engines.a]\nurl = ""', "not empty"),
        ('[engines.a]\nurl = "x"\nindex = "tree"', "'flat', 'hnsw'"),
        ('[engines.a]\nurl = "x"\nkey_prefix = "a{b}"', "braces"),
        ('[engines.a]\nurl = "x"\nconnections = 0', "1 or more"),
        ('[engines.default]\nurl = "x"', "not 'default'"),
        ('[engines.a_b]\nurl = "x"', "letters, digits and hyphens"),
        ("engines = 1", "tables"),
    ],
)
def test_a_faulty_engine_is_an_error_that_names_the_fault(tmp_path: Path, table: str, problem: str) -> None:
    with pytest.raises(BadSetting, match=problem):
        load({}, {}, config(tmp_path, table))


def test_the_reference_page_in_docs_is_the_generated_one() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == reference_page()
