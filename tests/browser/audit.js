// Looks at all that is put into the page, the moment it is there: what nobody's words may become.
// `__audit.wrong` tells what was found, `__audit.look()` goes over everything once more.
(() => {
  const wrong = [];
  const tell = (what) => wrong.length < 40 && !wrong.includes(what) && wrong.push(what);
  for (const name of ["alert", "confirm", "prompt", "print", "open", "msgbox"])
    window[name] = () => tell(`ran: ${name}`);

  /** Where people's and models' words are drawn as markdown: these and nothing else. */
  const CONTENT = "div.prose, div.plain";
  const math =
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mstyle munder mover " +
    "munderover mmultiscripts mprescripts mtable mtr mtd mlabeledtr menclose mpadded mphantom merror";
  const tags = new Set(
    ("p br hr h3 ul ol li blockquote figure figcaption pre code em strong del a table thead tbody " +
      "tr th td span div img button " + math).split(" "),
  );
  const looks =
    "alttext display mathvariant stretchy fence separator lspace rspace accent accentunder " +
    "columnalign rowspacing columnspacing columnlines rowlines rowalign scriptlevel displaystyle " +
    "mathcolor mathbackground mathsize linethickness minsize maxsize width height depth voffset " +
    "notation movablelimits symmetric largeop form";
  const attributes = new Set(
    ("class dir href target rel start tabindex role aria-label type alt src loading data-language " +
      "data-kind data-led " + looks).split(" "),
  );
  /** What the page has nowhere, whoever made it. */
  const never = new Set(
    ("script style link meta base iframe frame frameset fencedframe portal object embed applet " +
      "audio video source track marquee template noscript noembed noframes plaintext xmp isindex " +
      "keygen layer bgsound xml").split(" "),
  );
  const addresses = "href src srcset action formaction xlink:href data poster background ping".split(" ");
  const sound = /^(https?:|mailto:|\/[^/\\]|\/$|#[\w-]*$)/i;

  /** What a form's own fields cannot shadow. */
  const namesOf = (one) => Element.prototype.getAttributeNames.call(one);
  const copyOf = (one) => Node.prototype.cloneNode.call(one, false);
  const inHead = (one) => document.head?.contains(one);
  function ours(one) {
    const address = one.getAttribute("src") ?? one.getAttribute("href");
    if (address !== null) return new URL(address, location.origin).href.startsWith(`${location.origin}/assets/`);
    // A page that somebody exported and opened has its one style sheet in it.
    if (one.localName === "style") return location.protocol === "file:" && document.querySelectorAll("style").length === 1;
    return one.localName === "meta" && !/refresh|policy/i.test(one.httpEquiv);
  }

  function whole(one) {
    const name = one.localName;
    const told = copyOf(one).outerHTML.slice(0, 200);
    if (never.has(name) && !(inHead(one) ? ours(one) : name === "noscript")) tell(`element: ${told}`);
    for (const attribute of namesOf(one)) {
      const value = one.getAttribute(attribute);
      if (/^on/i.test(attribute)) tell(`handler: ${told}`);
      if (addresses.includes(attribute) && !sound.test(value.trim())) tell(`address: ${told}`);
    }
  }

  function content(one) {
    const told = copyOf(one).outerHTML.slice(0, 200);
    if (!tags.has(one.localName)) tell(`content has: ${told}`);
    for (const name of namesOf(one)) if (!attributes.has(name)) tell(`content has ${name}: ${told}`);
    if (one.localName === "a" && one.hasAttribute("href") && !(one.target === "_blank" && /noopener/.test(one.rel) && /^(https?|mailto):/.test(one.href)))
      tell(`link: ${told}`);
    if (one.localName === "img" && !/^\/api\/attachments\/\d+$/.test(one.getAttribute("src"))) tell(`image: ${told}`);
    if (one.localName === "button" && one.className !== "copy-code") tell(`button: ${told}`);
  }

  function see(one) {
    if (one.nodeType !== Node.ELEMENT_NODE) return;
    const within = one.parentElement?.closest(CONTENT) != null;
    const all = [one, ...Element.prototype.querySelectorAll.call(one, "*")];
    for (const each of all) {
      try {
        whole(each);
        if (within || each.parentElement?.closest(CONTENT)) content(each);
      } catch (error) {
        tell(`shadowed: ${error}`);
      }
    }
  }

  const observer = new MutationObserver((records) => {
    for (const record of records) {
      if (record.type === "attributes") see(record.target);
      else record.addedNodes.forEach(see);
    }
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });

  /** Whether the names by which the page finds its own parts still lead to them. */
  function names() {
    if (typeof document.getElementById !== "function" || typeof document.querySelectorAll !== "function")
      return tell("the document is shadowed");
    const seen = new Map();
    for (const one of document.querySelectorAll("[id]")) {
      if (seen.has(one.id)) tell(`two of one id: ${one.id}`);
      seen.set(one.id, one);
    }
    const page = document.getElementById("page");
    if (location.protocol !== "file:" && (page?.parentElement !== document.body || page.localName !== "div"))
      tell("#page is another");
    const say = document.getElementById("say");
    if (say && !(say.localName === "textarea" && say.closest("form.composer"))) tell("#say is another");
    for (const name of ["getElementById", "querySelector", "createElement", "cookie", "body", "head", "location"])
      if (document[name] instanceof HTMLElement && !["body", "head"].includes(name)) tell(`document.${name} is shadowed`);
    if (document.body?.localName !== "body" || document.head?.localName !== "head") tell("the document is shadowed");
    if (Object.prototype.innerHTML !== undefined) tell("the prototype of all is changed");
  }

  window.__audit = {
    wrong,
    see,
    look() {
      for (const record of observer.takeRecords()) record.addedNodes.forEach(see);
      see(document.documentElement);
      names();
      return wrong;
    },
    /** Point at, press and leave what words became: a link's own way is barred, all else is not. */
    touch(within) {
      const where = location.href;
      const bar = (event) => event.target.closest?.('a[target="_blank"]') && event.preventDefault();
      addEventListener("click", bar);
      const touched = document.querySelectorAll(`:is(${within}) :is(a, button, summary, img, [tabindex], span, code, td)`);
      for (const one of touched) {
        for (const kind of ["pointerenter", "mouseover", "mouseenter", "pointerdown", "mousedown", "mouseup", "touchstart", "wheel", "toggle", "animationstart", "transitionend", "contextmenu", "auxclick"])
          one.dispatchEvent(new Event(kind, { bubbles: true }));
        one.focus?.({ preventScroll: true });
        one.click?.();
        one.blur?.();
      }
      removeEventListener("click", bar);
      if (location.href !== where) tell(`the tab went to ${location.href}`);
      return touched.length;
    },
  };
})();
