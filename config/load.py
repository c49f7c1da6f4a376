"""Read the settings from a TOML file, `CC_` environment variables and secret files; report every mistake at once.

Later wins: defaults, file, secret files, environment.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from config.errors import BadConfiguration, Problem
from config.settings import Settings

PREFIX = "CC_"
DELIMITER = "__"
NOT_SETTINGS = frozenset({"CC_CONFIG", "CC_SECRETS_DIR"})


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings, checked.

    `environ` is the process environment; only `CC_…` names are read, besides systemd's `CREDENTIALS_DIRECTORY`.

    Raises:
        BadConfiguration: the file is missing or not TOML, a key is unknown, a value is wrong - all of them listed.
    """
    source = str(path) if path else "environment"
    problems = [*_unknown_names(environ)]
    if path and not path.is_file():
        raise BadConfiguration(source, [Problem(where=str(path), what="there is no such file"), *problems])
    try:
        settings = _read(path, environ)
    except ValidationError as error:
        raise BadConfiguration(source, [*(_problem(item) for item in error.errors()), *problems]) from None
    except (SettingsError, ValueError, OSError) as error:
        raise BadConfiguration(source, [Problem(where=source, what=str(error)), *problems]) from None
    if problems:
        raise BadConfiguration(source, problems)
    return settings


def _read(path: Path | None, environ: Mapping[str, str]) -> Settings:
    class Loaded(Settings, BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=PREFIX,
            env_nested_delimiter=DELIMITER,
            extra="forbid",
            frozen=True,
            toml_file=path,
            secrets_dir=environ.get("CC_SECRETS_DIR") or environ.get("CREDENTIALS_DIRECTORY"),
            secrets_dir_missing="error",
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (
                _Environment(settings_cls, environ),
                NestedSecretsSettingsSource(
                    file_secret_settings, secrets_prefix="", secrets_nested_delimiter=DELIMITER
                ),
                TomlConfigSettingsSource(settings_cls),
            )

    return Settings.model_validate(Loaded().model_dump())


class _Environment(EnvSettingsSource):
    """pydantic-settings' reader over the environment that was handed in."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items() if name not in NOT_SETTINGS}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._environ


def _problem(item: Any) -> Problem:
    where = ".".join(str(part) for part in item["loc"]) or "configuration"
    what = {
        "extra_forbidden": "there is no such setting",
        "missing": "is required",
    }.get(item["type"], item["msg"].removeprefix("Value error, "))
    return Problem(where=where, what=what)


def _unknown_names(environ: Mapping[str, str]) -> Iterator[Problem]:
    """`CC_` variables that name no setting; pydantic-settings passes over them in silence."""
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        if not _names_a_setting(name.removeprefix(PREFIX).lower().split(DELIMITER), Settings):
            yield Problem(where=name, what="there is no such setting")


def _names_a_setting(parts: list[str], annotation: Any) -> bool:
    if not parts:
        return True
    origin = typing.get_origin(annotation)
    if origin is dict:
        return _names_a_setting(parts[1:], typing.get_args(annotation)[1])
    if origin in (typing.Union, types.UnionType):
        return any(_names_a_setting(parts, option) for option in typing.get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(parts[0])
        return field is not None and _names_a_setting(parts[1:], field.annotation)
    return False
