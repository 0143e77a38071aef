"""The command `understudy` itself."""

from live import understudy

from understudy.specs import apis, load


def test_apis_lists_every_api_with_its_size_without_what_is_retired() -> None:
    lines = understudy("apis").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(apis())
    for line in lines:
        contract = load(line.split()[0])
        clauses = [clause for clause in contract.clauses if not clause.retired]
        assert f"{len(contract.operations)} operations, {len(clauses)} clauses" in line


def test_without_a_command_it_lists_the_commands() -> None:
    result = understudy()

    assert "serve" in result.stdout + result.stderr
    assert "apis" in result.stdout + result.stderr


def test_an_unknown_command_is_a_wrong_use() -> None:
    assert understudy("simulate").returncode == 2
