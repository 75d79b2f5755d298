// Questions in the page: a button shows what belongs to the chosen answer. Without this script the answers unfold.
"use strict";

function prepareQuestion(question) {
  const details = question.querySelector(".quiz-answers");
  const feedback = question.querySelector(".quiz-feedback");
  const answers = [...details.querySelectorAll("li")];
  const options = [...question.querySelectorAll("input[type=radio]")];

  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiz-check";
  button.textContent = "Check";
  button.addEventListener("click", () => {
    const chosen = options.findIndex((option) => option.checked);
    if (chosen < 0) {
      feedback.textContent = "Choose an answer first.";
      return;
    }
    feedback.replaceChildren(answers[chosen].querySelector(".quiz-why").cloneNode(true));
    feedback.dataset.right = answers[chosen].dataset.right;
  });
  for (const option of options) {
    option.addEventListener("change", () => {
      feedback.replaceChildren();
      delete feedback.dataset.right;
    });
  }
  feedback.before(button);
  details.classList.add("quiz-answers-print-only");
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".quiz-question").forEach(prepareQuestion);
});
