"""The directive ``quiz``: questions to answer in the page.

Each is a fieldset with radio buttons. ``quiz.js`` adds a button that shows what belongs to the chosen answer; without
JavaScript, and on paper, the answers can be unfolded below the question.
"""

from __future__ import annotations

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from cifar_teach.authoring.errors import AuthoringError
from cifar_teach.authoring.quiz import Option, QuizQuestion, read_quiz


class QuizDirective(SphinxDirective):
    """Ask the questions of the YAML list in the body."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the questions, numbered."""
        try:
            questions = read_quiz("\n".join(self.content))
        except AuthoringError as problem:
            raise self.error(str(problem)) from None
        box = nodes.container("", classes=["quiz"])
        for number, question in enumerate(questions, 1):
            box += self._question(question, f"quiz-{self.env.new_serialno('quiz')}", number)
        return [box]

    def _question(self, question: QuizQuestion, key: str, number: int) -> list[nodes.Node]:
        parts = [_html(f'<fieldset class="quiz-question"><legend><span class="quiz-number">{number}.</span> ')]
        parts += [self._inline(question.ask), _html("</legend>")]
        for index, option in enumerate(question.options):
            id = f"{key}-{index}"
            parts.append(_html(f'<div class="quiz-option"><input type="radio" name="{key}" id="{id}" value="{index}">'))
            parts += [_html(f'<label for="{id}">'), self._inline(option.text), _html("</label></div>")]
        parts.append(_html('<div class="quiz-feedback" aria-live="polite"></div>'))
        parts.append(_html('<details class="quiz-answers"><summary>Show the answers</summary><ul>'))
        for option in question.options:
            parts += self._answer(option)
        return [*parts, _html("</ul></details></fieldset>")]

    def _answer(self, option: Option) -> list[nodes.Node]:
        verdict = "Right." if option.right else "Not right."
        begin = f'<li data-right="{str(option.right).lower()}"><span class="quiz-answer-text">'
        middle = f': </span><span class="quiz-why"><strong>{escape(verdict)}</strong> '
        return [_html(begin), self._inline(option.text), _html(middle), self._inline(option.why), _html("</span></li>")]

    def _inline(self, text: str) -> nodes.Node:
        found, messages = self.parse_inline(text, lineno=self.lineno)
        return nodes.inline("", "", *found, *messages)


def _html(text: str) -> nodes.Node:
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> None:
    """Register the directive and its script."""
    app.add_directive("quiz", QuizDirective)
