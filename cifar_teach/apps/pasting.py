"""How a picture in the clipboard gets into either app: in the browser, it is put into the page's file input.

From there it goes the same way as a chosen file.
"""

from __future__ import annotations

LISTEN = """
(page, selector, options) => {
  page.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const input = page.querySelector(selector);
    if (!files.length || !input) return;
    const data = new DataTransfer();
    files.forEach((file) => data.items.add(file));
    input.files = data.files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
    event.preventDefault();
  }, options);
  page.documentElement.dataset.paste = "listening";
}
"""
"""A JavaScript function of a document, the CSS selector of its file input, and options of the listener.

Once it listens, the document says so: ``<html data-paste="listening">``.
"""
