// Runs in every page of the development server, and once more as the worker that all pages of this host share.
(() => {
    const CHANNEL = "odoo-ops:live";
    const EVENTS = "/_odoo_ops/events";
    const RETRY = 1000;

    // One connection for all tabs: over HTTP/1.1 a browser opens six to a host, and Odoo needs them.
    function listen(receive) {
        const source = new EventSource(EVENTS);
        source.onmessage = (event) => receive(JSON.parse(event.data));
        source.onerror = () => {
            // The browser connects again by itself, except after an answer that is no stream.
            if (source.readyState === EventSource.CLOSED) {
                setTimeout(listen, RETRY, receive);
            }
        };
    }

    if (typeof document === "undefined") {
        const channel = new BroadcastChannel(CHANNEL);
        const last = { type: "hello", reload: 0, styles: 0 };
        channel.onmessage = () => channel.postMessage(last); // a new page asks what it may have missed
        listen((message) => {
            if (message.type === "hello") {
                last.reload = Math.max(last.reload, message.reload);
                last.styles = Math.max(last.styles, message.styles);
            } else {
                last[message.type] = message.at ?? 0;
            }
            channel.postMessage(message);
        });
        return;
    }

    const script = document.currentScript;
    const since = Number(script.dataset.since); // the server's clock, before it read any file for this page

    function isInner() {
        try {
            return window.top !== window && Boolean(window.top.document);
        } catch {
            return false; // a page of another origin shows this one
        }
    }
    if (isInner()) {
        return; // the outermost page looks after its frames
    }

    let reloading = false;
    const waiting = new Set();
    let swapping = Promise.resolve();

    function reload() {
        if (!reloading) {
            reloading = true;
            location.reload();
        }
    }

    function documents(root) {
        return [root, ...[...root.querySelectorAll("iframe")].flatMap((frame) => (frame.contentDocument ? documents(frame.contentDocument) : []))];
    }

    // Where this style sheet is to be had now: its own address if none of these files is part of it.
    async function freshAddress(link, files) {
        const url = new URL(link.href, link.ownerDocument.baseURI);
        if (url.origin !== location.origin) {
            return link.href;
        }
        if (!url.pathname.startsWith("/web/assets/")) {
            const path = decodeURIComponent(url.pathname);
            return files.some((file) => file.endsWith(path)) ? `${url.pathname}?since=${Date.now()}` : link.href;
        }
        const response = await fetch(`/_odoo_ops/styles?of=${encodeURIComponent(url.pathname)}`, { cache: "no-store" });
        if (response.status !== 200) {
            throw new Error(`no ${url.pathname}`);
        }
        const fresh = await response.text();
        return fresh === url.pathname ? link.href : fresh;
    }

    async function swapLink(link, files) {
        const address = await freshAddress(link, files);
        if (address === link.href || !link.isConnected) {
            return;
        }
        const fresh = link.cloneNode();
        fresh.href = address;
        const loaded = new Promise((resolve, fail) => {
            fresh.onload = resolve;
            // With a sheet it is only a font or the like that it imports.
            fresh.onerror = () => (fresh.sheet ? resolve() : fail(new Error(`cannot load ${address}`)));
        });
        link.after(fresh); // the old one stays until then: the page is never without
        await loaded.finally(() => (fresh.sheet ? link : fresh).remove());
    }

    async function swap() {
        const files = [...waiting];
        waiting.clear();
        if (!files.length || reloading) {
            return;
        }
        const links = documents(document).flatMap((root) => [...root.querySelectorAll('link[rel="stylesheet"][href]')]);
        try {
            // What is on screen comes first, without competing with what is for printers.
            for (const screen of [true, false]) {
                const now = links.filter((link) => window.matchMedia(link.media || "all").matches === screen);
                await Promise.all(now.map((link) => swapLink(link, files)));
                if (screen) {
                    painted(files);
                }
            }
        } catch (error) {
            console.warn("odoo-ops: the page is reloaded for its styles:", error.message);
            return reload();
        }
    }

    function painted(files) {
        // A task after the callbacks of a frame runs when that frame was painted.
        requestAnimationFrame(() => setTimeout(() => window.dispatchEvent(new CustomEvent("odoo-ops:styles", { detail: { files } }))));
    }

    let stale = false;
    function act() {
        if (document.hidden) {
            return; // a hidden tab waits until it is looked at
        }
        if (stale) {
            reload();
        } else if (waiting.size) {
            swapping = swapping.then(swap);
        }
    }

    function receive(message) {
        if (message.type === "reload" || (message.type === "hello" && message.reload > since)) {
            stale = true;
        } else if (message.type === "styles") {
            message.files.forEach((file) => waiting.add(file));
        } else if (message.type === "hello" && message.styles > since) {
            waiting.add("");
        }
        act();
    }

    document.addEventListener("visibilitychange", act);
    if (typeof SharedWorker === "undefined") {
        listen(receive);
    } else {
        const channel = new BroadcastChannel(CHANNEL);
        channel.onmessage = (event) => event.data.type && receive(event.data);
        new SharedWorker(script.src);
        channel.postMessage({});
    }
})();
