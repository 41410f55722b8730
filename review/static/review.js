// Keys, marking of quotes, and holding the claim. Everything here is also possible without script.
"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const $ = (selector) => document.querySelector(selector);
  const form = $("#answer");
  const text = $("#text");
  const dialog = $("#keys");
  const KEYS_OFF = "medad-keys-off";

  const keysOn = () => {
    try { return localStorage.getItem(KEYS_OFF) !== "1"; } catch { return true; }
  };
  const box = $("#keys-on");
  if (box) {
    box.checked = keysOn();
    box.addEventListener("change", () => {
      try { localStorage.setItem(KEYS_OFF, box.checked ? "0" : "1"); } catch { /* a private window keeps nothing */ }
    });
  }
  document.querySelectorAll("[data-dialog]").forEach((button) => {
    button.addEventListener("click", () => document.getElementById(button.dataset.dialog).showModal());
  });

  // ── quotes: offsets count code points of the text, as the server does ──
  const codePoints = (string) => [...string].length;
  const offsetOf = (node, offset) => {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node.childNodes[offset] || node.lastElementChild;
    const piece = element && (element.closest ? element.closest("[data-at]") : element.parentElement.closest("[data-at]"));
    if (!piece) return null;
    const start = Number(piece.dataset.at);
    return node.nodeType === Node.TEXT_NODE ? start + codePoints(node.data.slice(0, offset)) : start;
  };
  const own = [];
  const highlight = (range) => {
    if (!("highlights" in CSS)) return;
    own.push(range);
    CSS.highlights.set("own", new Highlight(...own));
  };
  let chosen = null;
  const takeSelection = () => {
    const selection = getSelection();
    if (!text || !selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.commonAncestorContainer)) return null;
    const start = offsetOf(range.startContainer, range.startOffset);
    const end = offsetOf(range.endContainer, range.endOffset);
    if (start === null || end === null || end <= start) return null;
    // The numbers beside marks stand between the pieces and are no part of the text.
    const copy = range.cloneContents();
    copy.querySelectorAll("sup").forEach((each) => each.remove());
    return { start, end, words: copy.textContent, range: range.cloneRange() };
  };
  const area = form && form.elements.quote_text;
  const codeBox = form && form.elements.quote_code;
  const addMark = () => {
    if (!chosen || chosen.words !== area.value) chosen = null;
    if (!codeBox.value) { codeBox.focus(); return; }
    if (!chosen) { if (area.value) area.setCustomValidity(""); return; }
    const item = document.createElement("li");
    const label = document.createElement("label");
    label.className = "quote";
    const input = Object.assign(document.createElement("input"), {
      type: "checkbox", name: "span", checked: true, value: `${codeBox.value}:${chosen.start}:${chosen.end}`,
    });
    const name = document.createElement("strong");
    name.textContent = codeBox.selectedOptions[0].textContent;
    const quote = document.createElement("q");
    quote.textContent = chosen.words.slice(0, 300);
    label.append(input, name, quote);
    item.append(label);
    $("#own").append(item);
    const code = form.querySelector(`input[name=code][value="${codeBox.value}"]`);
    if (code) code.checked = true;
    highlight(chosen.range);
    chosen = null;
    area.value = "";
    getSelection().removeAllRanges();
    $("#marking").open = false;
    codeBox.blur();
  };
  const startMark = () => {
    const taken = takeSelection();
    const marking = $("#marking");
    marking.open = true;
    if (taken) {
      chosen = taken;
      area.value = taken.words;
      codeBox.focus();
    } else {
      area.focus();
    }
    marking.scrollIntoView({ block: "nearest" });
  };
  if (form) {
    $("#add-mark").addEventListener("click", addMark);
    codeBox.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); addMark(); }
    });
    // While the button is pressed the selection would be lost before it is read.
    document.querySelectorAll("[data-open]").forEach((button) => {
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => {
        const target = document.getElementById(button.dataset.open);
        if (button.dataset.open === "marking") { startMark(); return; }
        target.open = !target.open || button.dataset.open !== "edit";
        if (target.open) { target.scrollIntoView({ block: "nearest" }); target.querySelector("input, textarea").focus(); }
      });
    });
  }

  // ── one answer is sent once ──
  let sent = false;
  let last = null;
  if (form) {
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      if (event.submitter && event.submitter.name === "outcome") {
        try { sessionStorage.setItem("medad-last", event.submitter.value); } catch { /* kept only for Ctrl+Enter */ }
      }
    });
    // Of an adjudication: x and b decide by the boxes below, and not as the reading that was picked.
    form.querySelectorAll("button[name=outcome]").forEach((button) => button.addEventListener("click", () => {
      const free = form.querySelector("[data-pick='0']");
      if (free) free.checked = true;
    }));
    addEventListener("pageshow", () => { sent = false; });
    const wanted = $("#reason[data-wanted]");
    if (wanted) {
      wanted.focus();
      try { last = sessionStorage.getItem("medad-last"); } catch { last = null; }
    }
    $("#reason").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const button = last && form.querySelector(`button[value="${CSS.escape(last)}"]`);
      (button || $("#as-picked") || form.querySelector("[data-key=x]")).click();
    });
  }

  // ── keys ──
  const typing = (element) => element && (element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
    (element.tagName === "INPUT" && !/^(checkbox|radio)$/.test(element.type)));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    if (dialog && dialog.open) return;
    if (event.key === "?" && dialog) { event.preventDefault(); dialog.showModal(); return; }
    if (!keysOn()) return;
    // A Vietnamese input method may swallow the letter: then the place of the key tells it.
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.code.replace(/^(Key|Digit)/, "").toLowerCase();
    if (form && /^[1-9]$/.test(key) && form.querySelector(`[data-pick="${key}"]`)) {
      event.preventDefault();
      form.querySelector(`[data-pick="${key}"]`).checked = true;
      $("#reason").focus();
      return;
    }
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (target) { event.preventDefault(); target.click(); }
  });
  const helper = $("[data-help]");
  if (helper && dialog) helper.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });

  // ── the claim is held while the page is looked at ──
  if (form && form.dataset.hold) {
    setInterval(() => {
      if (document.hidden) return;
      const body = new URLSearchParams({ csrf: form.elements.csrf.value });
      fetch(form.dataset.hold, { method: "POST", body, credentials: "same-origin" }).catch(() => {});
    }, 240000);
  }
})();
