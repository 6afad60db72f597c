import pytest
from werkzeug.security import check_password_hash

from executor.config import load


def test_the_hash_serves_as_the_operators(run, tmp_path):
    done = run("password", stdin="correct horse battery\ncorrect horse battery\n")
    assert (done.exit_code, "correct" in done.output) == (0, False)
    file = tmp_path / "config.yaml"
    file.write_text(f"operator: {{password_hash: '{done.stdout.strip()}'}}\n" + file.read_text())
    operator = load(file, {"ALERT_SECRET": "8d1f0c2e5b7a49638d1f0c2e5b7a4963"}).operator
    assert check_password_hash(operator.password_hash.get_secret_value(), "correct horse battery")
    assert "scrypt" not in repr(operator)


@pytest.mark.parametrize(
    ("given", "said"), [("elevenchars", "shorter than 12"), ("change-me-please-now", "a published sample")]
)
def test_a_password_anybody_could_guess_is_refused(run, given, said):
    done = run("password", stdin=f"{given}\n{given}\n")
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


def test_two_passwords_that_differ_are_asked_for_again(run):
    done = run("password", stdin="correct horse battery\nCorrect horse battery\n" + 2 * "another good password\n")
    assert done.exit_code == 0
    assert check_password_hash(done.stdout.strip(), "another good password")
