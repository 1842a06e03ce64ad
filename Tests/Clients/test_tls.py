"""TLS on both sides of the process: callers' and the provider's, with certificates made here."""

from __future__ import annotations

import shutil
import signal
import ssl
import time

import httpx
import pytest

from certificates import Certificates
from events import NDJSON, ndjson, request, text_of, until
from runner import command
from scripted_ollama import MODEL, Gate, ScriptedOllama

@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_a_new_certificate_is_taken_up_on_sighup_and_no_stream_is_cut(start_runner, ollama, certificates, tmp_path):
    certificate, key = tmp_path / "tls.pem", tmp_path / "tls.key"

    def use(name: str) -> None:
        shutil.copy(certificates.file(name), certificate)
        shutil.copy(certificates.key(name), key)

    use("good")
    runner = start_runner("--tls-cert", str(certificate), tls=certificates.trusting(), STIGMER_TLS_KEY=str(key),
                          OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)

    def shown() -> str:
        return ssl.get_server_certificate(("127.0.0.1", runner.port))

    first = shown()
    gate = Gate()
    ollama.will_say("one", gate, " two")
    with runner.http.stream("POST", "/v1/execute", json=request(), headers=NDJSON) as response:
        events = ndjson(response)
        until(events, "textDelta")
        use("renewed")
        runner.process.send_signal(signal.SIGHUP)
        limit = time.monotonic() + 20
        while shown() == first:
            assert time.monotonic() < limit, runner.log()
            time.sleep(0.02)
        second = shown()
        certificate.write_text("no certificate\n")
        runner.process.send_signal(signal.SIGHUP)
        while "the certificate in use stays" not in runner.log():
            assert time.monotonic() < limit, runner.log()
            time.sleep(0.02)
        assert shown() == second
        gate.open()
        rest = list(events)
    assert text_of(rest) == " two"
    assert rest[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"
    assert runner.stop() == 0


def test_with_a_client_ca_strangers_are_not_answered_and_any_address_may_be_listened_on(start_runner, ollama, certificates):
    runner = start_runner("--listen", "0.0.0.0:0", "--tls-cert", certificates.file("good"),
                          "--tls-key", certificates.key("good"), "--tls-client-ca", certificates.file("root"),
                          tls=certificates.trusting("caller"), OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    assert text_of(ndjson(runner.http.post("/v1/execute", json=request(), headers=NDJSON))) == "Hello, world."
    with httpx.Client(base_url=runner.address, verify=certificates.trusting()) as stranger:
        with pytest.raises(httpx.TransportError):
            stranger.get("/readyz")


@pytest.mark.parametrize(("arguments", "words"), [
    (["--tls-cert", "good.pem"], ["--tls-key"]),
    (["--tls-cert", "none.pem", "--tls-key", "good.key"], ["none.pem", "No such file"]),
    (["--tls-cert", "good.pem", "--tls-key", "renewed.key"], ["good.pem", "renewed.key", "not that of"]),
    (["--tls-cert", "good.key", "--tls-key", "good.key"], ["good.key"]),
    (["--tls-cert", "good.pem", "--tls-key", "good.key", "--tls-client-ca", "good.key"], ["client CA", "good.key"]),
    (["--tls-cert", "good.pem", "--tls-key", "good.key", "--listen", "0.0.0.0:0"], ["0.0.0.0:0", "--tls-client-ca"]),
    (["--llm-ca-file", "none.pem"], ["--llm-ca-file", "none.pem"]),
    (["--llm-ca-file", "good.key.text"], ["--llm-ca-file", "good.key.text"]),
])
def test_files_that_cannot_be_used_end_the_start_with_one_line_and_78(certificates, arguments, words):
    (certificates.folder / "good.key.text").write_text("text\n")
    files = [str(certificates.folder / word) if "." in word and not word.startswith("0") else word
             for word in arguments]
    ended = command("serve", *(files if "--listen" in arguments else [*files, "--listen", "127.0.0.1:0"]))
    assert ended.returncode == 78, ended.stderr
    [line] = ended.stderr.strip().splitlines()
    for word in words:
        assert word in line


def test_an_expired_certificate_is_only_warned_of(start_runner, ollama, certificates):
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    runner = start_runner("--tls-cert", certificates.file("expired"), "--tls-key", certificates.key("expired"),
                          tls=unverified, OLLAMA_HOST=ollama.address)
    assert "has expired" in runner.log()


@pytest.fixture
def secure_ollama():
    started: list[ScriptedOllama] = []

    def start(context: ssl.SSLContext) -> ScriptedOllama:
        started.append(ScriptedOllama(tls=context))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def test_a_provider_whose_root_is_given_is_trusted(start_runner, secure_ollama, certificates):
    provider = secure_ollama(certificates.serving("good"))
    runner = start_runner(OLLAMA_HOST=provider.address, STIGMER_LLM_MODEL=MODEL,
                          STIGMER_LLM_CA_FILE=certificates.file("root"))
    assert text_of(ndjson(runner.http.post("/v1/execute", json=request(), headers=NDJSON))) == "Hello, world."


@pytest.mark.parametrize(("served", "trusts", "words"), [
    ("good", False, "--llm-ca-file"), ("expired", True, "renewed there"), ("elsewhere", True, "set base_url"),
])
def test_a_provider_that_is_not_to_be_trusted_gets_nothing(start_runner, secure_ollama, certificates, served, trusts,
                                                           words):
    provider = secure_ollama(certificates.serving(served))
    trust = {"STIGMER_LLM_CA_FILE": certificates.file("root")} if trusts else {}
    runner = start_runner(OLLAMA_HOST=provider.address, STIGMER_LLM_MODEL=MODEL, **trust)
    finished = ndjson(runner.http.post("/v1/execute", json=request(), headers=NDJSON))
    error = list(finished)[-1]["finished"]["error"]
    assert error["code"] == "unavailable" and words in error["message"], error
    assert provider.calls == []
