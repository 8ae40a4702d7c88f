"""`askonce doctor`: everything that a start would stumble over, looked at without starting. A part of the
composition root, beside `app`.

Invariant: the set-up stays as it was, and a running server is not disturbed. What is asked of others is one
vector of each endpoint in the settings.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from askonce import app
from askonce.embed.bundled import BundledEmbedder
from askonce.embedders import remote_embedder
from askonce.engine.embedded import doctor
from askonce.engine.embedded.lock import holder_of
from askonce.errors import EmbedderUnavailable, StartRefused
from askonce.inference.session import multiplies_int8_exactly
from askonce.inference.workers import Workers
from askonce.judge.cross_encoder import CrossEncoder
from askonce.model.finding import Finding, Weight
from askonce.ready import readiness
from askonce.service.first_start import Presets, refuse_other_embedders
from askonce.serving import listener_of
from askonce.settings import EmbedderSettings, Settings
from askonce.tls import certificate_of, context_of, end_of

SOON_S = 14 * 86_400  # Let's Encrypt renews 30 days before the end: by then two weeks of tries have failed.
BUILT_S = 1_764_547_200  # 2025-12-01. Nobody runs this before it was written.
PROBE = "How do I reset my password?"
SLOW = (
    "This processor has no VNNI: the bundled models give the same vectors in about twice the time"
    " (docs/decisions/0004). Another machine is the way to faster searches."
)


def diagnose(settings: Settings, environ: Mapping[str, str]) -> Sequence[Finding]:
    now_s = time.time()
    kept = doctor.examine(settings.data, int(now_s * 1_000))
    findings = [_presets(settings), *kept]
    sound = [finding for finding in kept if finding.subject == "database" and finding.weight is Weight.FINE]
    if len(sound) == len(doctor.DATABASES):  # Else the catalog can not be opened, or would be changed.
        findings.append(_embedders_of_caches(settings, environ))
    findings += [_port(settings), *_certificate(settings, now_s), *_models(settings)]
    findings += [_endpoint(name, one, environ) for name, one in settings.embedders.items()]
    if now_s < BUILT_S:
        findings.append(
            Finding("clock", Weight.WRONG, "The clock stands in the past. Set it, by NTP for one.")
        )
    return findings


def _looked(subject: str, fine: str, look: Callable[[], object]) -> Finding:
    """What stands in the way of a start is told in its own words, which name the way out."""
    try:
        look()
    except StartRefused as error:
        return Finding(subject, Weight.WRONG, str(error))
    return Finding(subject, Weight.FINE, fine)


def _presets(settings: Settings) -> Finding:
    presets = Presets(settings.admin_token, settings.cache_id, settings.api_key)
    return _looked("settings", "The settings can be read.", presets.check)


def _embedders_of_caches(settings: Settings, environ: Mapping[str, str]) -> Finding:
    async def compare() -> None:
        async with app.office(settings, environ) as office:
            await refuse_other_embedders(office.catalog, office.caches)

    def look() -> None:
        asyncio.run(compare())

    return _looked("caches", "Every cache's embedder is the one it was filled by.", look)


def _port(settings: Settings) -> Finding:
    where = f"{settings.host} port {settings.port}"
    holder = holder_of(settings.data)
    if holder is None:
        return _looked("port", f"{where} is free.", lambda: listener_of(settings).close())
    status = readiness(settings)
    if status == 200:
        return Finding(
            "port", Weight.FINE, f"The server on this data, process {holder}, is ready at {where}."
        )
    said = "does not answer" if status is None else f"answers {status}, not ready,"
    told = f"Process {holder} has {settings.data} open and {said} at {where}. Is it a server on another port?"
    return Finding("port", Weight.WRONG, f"{told} Its log tells more; what else it is, it must end first.")


def _certificate(settings: Settings, now_s: float) -> Iterator[Finding]:
    file = settings.tls_certificate
    if file is None and settings.tls_key is None:
        if settings.host not in ("127.0.0.1", "::1", "localhost"):
            told = (
                f"{settings.host} is reached from outside without TLS: set tls_certificate, or have a proxy."
            )
            yield Finding("tls", Weight.NOTICE, told)
        return
    try:
        certificate_of(file, settings.tls_key)
        assert file is not None
        left_s = end_of(file, context_of(file, settings.tls_key or file)) - now_s
    except StartRefused as error:
        yield Finding("tls", Weight.WRONG, str(error))
        return
    told = f"{file} is valid for {int(left_s // 86_400)} more days."
    if left_s < SOON_S:
        yield Finding("tls", Weight.NOTICE, f"{told} Renew it; the server reads the new file by itself.")
    else:
        yield Finding("tls", Weight.FINE, told)
    yield from _key_rights(settings.tls_key or file)


def _key_rights(key: Path) -> Iterator[Finding]:
    if key.stat().st_mode & 0o007:
        yield Finding("tls", Weight.NOTICE, f"Every user may read the key in {key}: chmod o-rwx {key}")


def _models(settings: Settings) -> Iterator[Finding]:
    with closing(Workers(settings.embed_threads)) as workers:
        embedder = _looked("models", "The bundled embedder runs.", lambda: BundledEmbedder(workers))
        judge = _looked("models", "The judge's model runs.", lambda: CrossEncoder(workers))
    yield from (embedder, judge)
    if not multiplies_int8_exactly():
        yield Finding("processor", Weight.NOTICE, SLOW)


def _endpoint(name: str, settings: EmbedderSettings, environ: Mapping[str, str]) -> Finding:
    subject = f"embedder {name}"

    async def ask() -> None:
        embedder = remote_embedder(name, settings, environ)
        try:
            await embedder.embed(PROBE)
        finally:
            await embedder.close()

    try:
        return _looked(subject, f"{settings.base_url} gives vectors.", lambda: asyncio.run(ask()))
    except EmbedderUnavailable as error:
        told = f"{settings.base_url}: {error} Semantic searches with it fail until it answers."
        return Finding(subject, Weight.WRONG, told)
