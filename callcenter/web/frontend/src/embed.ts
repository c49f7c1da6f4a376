// <script src="https://hotline.example.org/embed.js" data-site="hotline" async></script>
// puts the form right here, as a frame of our origin that grows with its content.
(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const origin = new URL(script.src).origin;
  const site = (script.dataset.site ?? "hotline").replace(/[^a-z0-9-]/g, "");
  const lang = (script.dataset.lang ?? "ru").replace(/[^a-z]/g, "");
  const frame = document.createElement("iframe");
  frame.src = `${origin}/f/${site}?embedded=yes&lang=${lang}`;
  frame.title = script.dataset.title ?? (lang === "en" ? "File a request" : "Подать заявку");
  frame.style.cssText = "width:100%;min-height:560px;border:0;color-scheme:normal";
  frame.referrerPolicy = "origin";
  window.addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const message: unknown = event.data;
    if (typeof message !== "object" || message === null || !("height" in message)) return;
    const height = Number(message.height);
    if (height > 0 && height < 20000) frame.style.height = `${Math.ceil(height)}px`;
  });
  script.after(frame);
})();
