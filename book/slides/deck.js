// Starts the slides, unless the page is read as a page (see page.html).
(() => {
  const page = document.documentElement;
  // The book tells the deck in its frame whether it is light or dark.
  addEventListener("message", (event) => {
    if (event.source === parent && event.data && ["light", "dark"].includes(event.data.theme)) {
      page.dataset.theme = event.data.theme;
    }
  });
  if (!page.classList.contains("deck")) return;
  const framed = parent !== window;
  Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    display: "flex",
    hash: true,
    embedded: framed, // in a frame, keys work once the deck has been clicked
    keyboardCondition: framed ? "focused" : null,
    scrollActivationWidth: null,
    slideNumber: "c/t",
    transition: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "fade",
    transitionSpeed: "fast",
    pdfSeparateFragments: false,
    plugins: [RevealNotes],
  });
})();
