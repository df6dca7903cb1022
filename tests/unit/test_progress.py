"""Where the bar of a long command is shown."""

from memo_jupyter.progress import Bar


def test_in_a_notebook_the_bar_is_not_painted_like_an_error(capsys):
    bar = Bar("stdout")
    bar.tell("reading", 0.5)
    bar.tell("reading", 1.0)
    shown = capsys.readouterr()
    assert "reading" in shown.out
    assert shown.err == ""


def test_in_a_shell_it_does_not_get_into_what_is_piped(capsys):
    Bar().tell("reading", 1.0)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "reading" in shown.err
