// Waits for what the phone does to the code on this page, as every client does.
"use strict";
(async () => {
  const say = document.getElementById("say");
  const uuid = say.dataset.uuid;
  for (let tip = 1; ; ) {
    let text = "";
    try {
      const reply = await fetch(`/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=${uuid}&tip=${tip}&_=${Date.now()}`);
      text = await reply.text();
    } catch {
      await new Promise((wake) => setTimeout(wake, 2000));
      continue;
    }
    const code = (/window\.code=(\d+);/.exec(text) || [])[1];
    if (code === "201") {
      tip = 0;
      say.textContent = say.dataset.scanned;
    } else if (code === "200") {
      const uri = new URL(/window\.redirect_uri="([^"]+)"/.exec(text)[1]);
      location.href = uri.pathname + uri.search; // this host set the cookies' scope
      return;
    } else if (code === "202") {
      location.reload();
      return;
    } else if (code !== "408") {
      say.textContent = say.dataset.old;
      return;
    }
  }
})();
