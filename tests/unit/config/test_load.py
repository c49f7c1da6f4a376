"""The configuration: every mistake at once, unknown keys refused, secrets from files."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.errors import BadConfiguration
from config.load import load
from config.settings import Pbx, Settings

EXAMPLE = Path(__file__).parents[3] / "config" / "callcenter.example.toml"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "callcenter.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(BadConfiguration) as caught:
        load(path, environ)
    return {problem.where: problem.what for problem in caught.value.problems}


def test_nothing_configured_is_a_complete_configuration_without_a_pbx() -> None:
    settings = load(None, {})
    assert settings.pbx == {}
    assert settings.hotline["main"].dids == ("88005550640",)
    assert settings.web.address == "http://127.0.0.1:8080"


def test_the_example_file_loads_and_states_the_defaults() -> None:
    settings = load(EXAMPLE, {})
    assert settings.model_copy(update={"pbx": {}}) == Settings()
    assert settings.pbx["main"].trunk_contexts == ("from-trunk",)


def test_the_example_file_mentions_every_setting() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    words = set(re.findall(r"^(?:# )?(\w+) =", text, re.MULTILINE)) | set(
        re.findall(r"^\[([\w.]+)\]", text, re.MULTILINE)
    )
    for name, field in Settings.model_fields.items():
        model = Pbx if name == "pbx" else field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            missing = {key for key in model.model_fields if key not in words and f"{name}.{key}" not in words}
            assert not missing, (name, missing)
        else:
            assert name in words or any(word.startswith(f"{name}.") for word in words), name


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[web]\nport = 1000\n[pbx.main]\nhost = "a"\nusername = "u"\nsecret = "s"\n')
    settings = load(path, {"CC_WEB__PORT": "2000", "CC_PBX__MAIN__HOST": "b", "PATH": "/bin"})
    assert settings.web.port == 2000
    assert settings.pbx["main"].host == "b"
    assert settings.pbx["main"].username == "u"


@pytest.mark.parametrize("variable", ["CC_SECRETS_DIR", "CREDENTIALS_DIRECTORY"])
def test_a_secret_file_gives_the_secret_without_its_newline(tmp_path: Path, variable: str) -> None:
    path = written(tmp_path, '[pbx.main]\nhost = "a"\nusername = "u"\n')
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "pbx__main__secret").write_text("from the file\n", encoding="utf-8")
    settings = load(path, {variable: str(tmp_path / "secrets")})
    assert settings.pbx["main"].secret.get_secret_value() == "from the file"
    assert "from the file" not in repr(settings)


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path, '[web]\nport = 99999\ncolour = "red"\n[pbx.main]\nhost = "a"\n[calendar]\nzone = "Mars"\n'
    )
    found = problems(path, {"CC_LOG__LEVEL": "loud", "CC_WEBB__PORT": "1", "CC_PBX__MAIN__PASSWORD": "x"})
    assert found["web.colour"] == "there is no such setting"
    assert found["pbx.main.secret"] == "is required"
    assert found["CC_WEBB__PORT"] == "there is no such setting"
    assert found["CC_PBX__MAIN__PASSWORD"] == "there is no such setting"
    assert found["calendar.zone"] == "is not a known time zone"
    assert {"web.port", "log.level", "pbx.main.username"} <= found.keys()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[web]\nbase_url = "hotline.example.org"', "web.base_url"),
        ('[database]\nurl = "mysql://x"', "database.url"),
        ('[redis]\nurl = "localhost"', "redis.url"),
        ("[web]\napi_requests_per_minute = 0", "web.api_requests_per_minute"),
        ('[drafts]\njoin_window = "-PT1H"', "drafts.join_window"),
        (
            '[hotline.a]\nname = "A"\ndids = ["88005550640"]\n[hotline.b]\nname = "B"\ndids = ["+78005550640"]',
            "configuration",
        ),
        ('[pbx."Main PBX"]\nhost = "a"\nusername = "u"\nsecret = "s"', "pbx.Main PBX.[key]"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, where: str) -> None:
    assert where in problems(written(tmp_path, text), {})


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    path = written(tmp_path, "[web\n")
    assert "line 1" in problems(path, {})[str(path)]


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "absent.toml"
    assert problems(path, {}) == {str(path): "there is no such file"}


def test_a_missing_secrets_directory_is_named(tmp_path: Path) -> None:
    found = problems(None, {"CC_SECRETS_DIR": str(tmp_path / "absent")})
    assert any("absent" in what for what in found.values())
