"""Draws build/demo/shop.svg: the tenants, their namespaces and pods, and the ways between them.

The data comes from `mesh members`, `mesh proxies` and `mesh xds`; the layout is plain arithmetic: a
pod stands one column right of the pods that call it, pods of a namespace stand in one box.
"""

from __future__ import annotations

import dataclasses
import html

import topology

CARD_W, CARD_H, GAP_Y = 196, 58, 22
COLUMN_W = 366
BOX_PAD, BOX_TITLE = 18, 34
PANEL_PAD, PANEL_TITLE = 34, 62
PILL_H = 24
MARGIN, HEADER, FOOTER, BETWEEN = 44, 108, 66, 92

INK, GREY, LINE, PAPER = "#1e293b", "#64748b", "#cbd5e1", "#f6f7fb"
RED, AMBER = "#dc2626", "#b45309"
HUES = [("#4f46e5", "#eef0ff", "#dfe2fd"), ("#0f766e", "#e9f7f4", "#cfece6"),
        ("#9333ea", "#f6edff", "#ead7fd")]  # line, panel, frame of each tenant in turn


@dataclasses.dataclass
class Scene:
    """What is drawn."""

    planes: list[dict]                  # `mesh members`: name, namespace, members
    outside: list[str]                  # namespaces in no mesh
    proxies: list                       # mesh.Proxy
    before: topology.Topology
    after: topology.Topology
    counted: list[tuple[int, int]]      # v1 and v2 answers of each run through the gateway
    seconds: float                      # from the changed file to the new weights in Envoy


@dataclasses.dataclass
class _Panel:
    """One tenant, laid out from its own corner (0, 0)."""

    plane: dict
    hue: tuple[str, str, str]
    width: float = 0
    height: float = 0
    cards: dict = dataclasses.field(default_factory=dict)   # pod -> (x, y)
    boxes: list = dataclasses.field(default_factory=list)   # (namespace, x, y, w, h, pills)


def draw(scene: Scene) -> str:
    """The whole picture as an SVG document."""
    panels = [_lay_out(scene, plane, HUES[i % len(HUES)]) for i, plane in enumerate(scene.planes)]
    left = MARGIN + (150 if scene.before.doors else 0)
    outside_w = 232
    width = left + max(panel.width + (outside_w + 40 if i else 0)
                       for i, panel in enumerate(panels)) + MARGIN
    out, y = [], HEADER
    corners = []
    for panel in panels:
        corners.append((left, y))
        y += panel.height + BETWEEN
    height = y - BETWEEN + FOOTER
    for panel, (x0, y0) in zip(panels, corners):
        out += _panel(scene, panel, x0, y0)
    out += _doors(scene, panels, corners)
    out += _walls(scene, panels, corners, width - MARGIN - outside_w, outside_w)
    words = (f"{len(scene.planes)} control planes · {sum(len(p['members']) for p in scene.planes)} "
             f"member namespaces · {len(scene.proxies)} Envoys")
    head = [_text(MARGIN, 56, "Two meshes in one cluster", 30, INK, weight=700),
            _text(MARGIN, 84, words + " · drawn from what the proxies are sent", 15, GREY)]
    return "\n".join([_opening(width, height), *head, *out, *_legend(scene, height), "</svg>", ""])


# Layout ---------------------------------------------------------------------------------------

def _lay_out(scene: Scene, plane: dict, hue) -> _Panel:
    panel = _Panel(plane, hue)
    spaces = [plane["namespace"], *plane["members"]]
    pods = [proxy for proxy in scene.proxies if proxy.namespace in spaces]
    depth = _depths(pods, scene.before.calls)
    columns: dict[int, dict[str, list]] = {}
    for proxy in sorted(pods, key=lambda p: (spaces.index(p.namespace), p.name)):
        columns.setdefault(depth[proxy.pod], {}).setdefault(proxy.namespace, []).append(proxy)
    heights = {column: sum(_box_height(scene, namespace, members) + GAP_Y
                           for namespace, members in boxes.items()) - GAP_Y
               for column, boxes in columns.items()}
    inner = max(heights.values(), default=0)
    for place, column in enumerate(sorted(columns)):
        x = PANEL_PAD + place * COLUMN_W
        y = PANEL_TITLE + (inner - heights[column]) / 2
        for namespace, members in columns[column].items():
            h = _box_height(scene, namespace, members)
            panel.boxes.append((namespace, x, y, CARD_W + 2 * BOX_PAD, h))
            card_y = y + BOX_TITLE
            for proxy in members:
                panel.cards[proxy.pod] = (x + BOX_PAD, card_y)
                card_y += CARD_H + GAP_Y + _pill_room(scene, proxy.pod)
            y += h + GAP_Y
    panel.width = 2 * PANEL_PAD + (len(columns) - 1) * COLUMN_W + CARD_W + 2 * BOX_PAD
    panel.height = PANEL_TITLE + inner + PANEL_PAD
    return panel


def _depths(pods: list, calls: list) -> dict[str, int]:
    """The length of the longest chain of calls that leads to each pod."""
    depth = {proxy.pod: 0 for proxy in pods}
    for _ in pods:  # a cycle of calls stops growing here
        for call in calls:
            if call.source in depth and call.target in depth:
                wanted = depth[call.source] + 1
                if depth[call.target] < wanted <= len(pods):
                    depth[call.target] = wanted
    return depth


def _pills(scene: Scene, pod: str) -> list[str]:
    """What the routes to a pod's host add; said under the last pod of that host."""
    hosts = sorted({call.host for call in scene.before.calls if call.target == pod})
    words = []
    for host in hosts:
        targets = [call.target for call in scene.before.calls if call.host == host]
        if pod == max(targets):
            words += scene.before.behaviours[host].words()
    return words


def _pill_room(scene: Scene, pod: str) -> float:
    count = len(_pills(scene, pod))
    return count * (PILL_H + 5) + (3 if count else 0)


def _box_height(scene: Scene, namespace: str, members: list) -> float:
    cards = sum(CARD_H + GAP_Y + _pill_room(scene, proxy.pod) for proxy in members) - GAP_Y
    return BOX_TITLE + cards + BOX_PAD


# Drawing --------------------------------------------------------------------------------------

def _panel(scene: Scene, panel: _Panel, x0: float, y0: float) -> list[str]:
    line, fill, frame = panel.hue
    plane = panel.plane
    out = [f'<rect x="{x0}" y="{y0}" width="{panel.width}" height="{panel.height}" rx="22" '
           f'fill="{fill}" stroke="{frame}" stroke-width="1.5"/>',
           f'<circle cx="{x0 + PANEL_PAD + 7}" cy="{y0 + 33}" r="7" fill="{line}"/>',
           _text(x0 + PANEL_PAD + 24, y0 + 39, plane["name"], 19, INK, weight=700),
           _text(x0 + PANEL_PAD + 42 + _wide(plane["name"], 19, 0.66), y0 + 39,
                 f"a certificate authority of its own, in {plane['namespace']}", 13.5, GREY)]
    for namespace, x, y, w, h in panel.boxes:
        out += [f'<rect x="{x0 + x}" y="{y0 + y}" width="{w}" height="{h}" rx="14" '
                f'fill="#ffffff" fill-opacity="0.75" stroke="{frame}"/>',
                _text(x0 + x + BOX_PAD, y0 + y + 23, namespace, 13, line, weight=600)]
    after = {(call.source, call.target, call.host): call for call in scene.after.calls}
    labels = []
    for call in scene.before.calls:
        if call.source in panel.cards and call.target in panel.cards:
            now = after.get((call.source, call.target, call.host))
            curve, label = _way(call, now, panel, x0, y0)
            out.append(curve)
            labels += label
    for pod, (x, y) in panel.cards.items():
        out += _card(scene, pod, x0 + x, y0 + y, panel.hue)
    return out + labels


def _way(call, now, panel: _Panel, x0: float, y0: float) -> tuple[str, list[str]]:
    """The curve of a call, and the label with its weight before and after the change."""
    sx, sy = panel.cards[call.source]
    tx, ty = panel.cards[call.target]
    ax, ay = x0 + sx + CARD_W, y0 + sy + CARD_H / 2
    bx, by = x0 + tx - 9, y0 + ty + CARD_H / 2
    bend = max(40, (bx - ax) / 2)
    curve = (f'<path d="M{ax},{ay} C{ax + bend},{ay} {bx - bend},{by} {bx},{by}" fill="none" '
             f'stroke="{panel.hue[0]}" stroke-width="{1.4 + call.weight / 22:.1f}" '
             f'stroke-opacity="0.75" marker-end="url(#tip-{panel.hue[0][1:]})"/>')
    if call.weight == 100:
        return curve, []
    words = f"{call.weight} %"
    moved = f" → {now.weight} %" if now and now.weight != call.weight else ""
    w = _wide(words + moved, 13, 0.58) + 18
    lx, ly = bx - 66, by
    label = [f'<rect x="{lx - w / 2:.1f}" y="{ly - 12}" width="{w:.1f}" height="24" rx="12" '
             f'fill="#ffffff" stroke="{panel.hue[0]}"/>',
             f'<text x="{lx:.1f}" y="{ly + 4.5}" font-size="13" text-anchor="middle" '
             f'fill="{panel.hue[0]}"><tspan font-weight="700">{words}</tspan>'
             f'<tspan fill="{GREY}" dx="4">{moved.strip()}</tspan></text>']
    return curve, label


def _card(scene: Scene, pod: str, x: float, y: float, hue) -> list[str]:
    proxy = next(proxy for proxy in scene.proxies if proxy.pod == pod)
    title, size = proxy.name, 15.5
    while _wide(title, size, 0.64) > CARD_W - 60:
        size -= 0.5
    out = [f'<rect x="{x}" y="{y}" width="{CARD_W}" height="{CARD_H}" rx="10" fill="#ffffff" '
           f'stroke="{hue[0]}" stroke-width="1.3" filter="url(#soft)"/>',
           f'<rect x="{x}" y="{y}" width="5" height="{CARD_H}" rx="2.5" fill="{hue[0]}"/>',
           _text(x + 18, y + 25, title, size, INK, weight=600),
           _text(x + 18, y + 44, f"{proxy.address} · {proxy.type}", 12, GREY)]
    if pod in scene.before.strict:
        out += _padlock(x + CARD_W - 29, y + 10, hue[0])
    at = y + CARD_H + 8
    for words in _pills(scene, pod):
        colour = AMBER if words.startswith("fault") else GREY
        w = min(CARD_W, _wide(words, 12, 0.54) + 20)
        out += [f'<rect x="{x}" y="{at}" width="{w:.1f}" height="{PILL_H}" rx="12" '
                f'fill="#ffffff" stroke="{colour}" stroke-opacity="0.5"/>',
                _text(x + 10, at + 16.5, words, 12, colour)]
        at += PILL_H + 5
    return out


def _padlock(x: float, y: float, colour: str) -> list[str]:
    return [f'<path d="M{x + 4},{y + 8} v-3 a5,5 0 0 1 10,0 v3" fill="none" stroke="{colour}" '
            'stroke-width="1.8"/>',
            f'<rect x="{x + 1}" y="{y + 8}" width="16" height="11" rx="2.5" fill="{colour}"/>']


def _doors(scene: Scene, panels: list, corners: list) -> list[str]:
    """The customers, left of each gateway."""
    out = []
    for pod, hosts in scene.before.doors.items():
        for panel, (x0, y0) in zip(panels, corners):
            if pod not in panel.cards:
                continue
            x, y = panel.cards[pod]
            cy = y0 + y + CARD_H / 2
            cx = MARGIN + 26
            out += [f'<circle cx="{cx}" cy="{cy - 13}" r="8" fill="{INK}"/>',
                    f'<path d="M{cx - 15},{cy + 15} a15,15 0 0 1 30,0 z" fill="{INK}"/>',
                    _text(cx, cy + 36, "customers", 13, INK, anchor="middle"),
                    _text(cx + 26, cy - 14, hosts[0], 12, GREY),
                    f'<path d="M{cx + 28},{cy} H{x0 + x - 9}" stroke="{INK}" stroke-width="2.2" '
                    'marker-end="url(#tip-1e293b)"/>']
    return out


def _walls(scene: Scene, panels, corners, outside_x: float, outside_w: float) -> list[str]:
    """What does not go through: from the other tenants, and from namespaces in no mesh, upwards."""
    (x0, y0), first = corners[0], panels[0]
    wall = y0 + first.height
    out = []
    for panel, (px, py) in list(zip(panels, corners))[1:]:
        if not panel.cards:
            continue
        pod = min(panel.cards, key=lambda pod: panel.cards[pod])
        x = panel.cards[pod][0]
        out += _refused(px + x + CARD_W / 2, py, wall, ["no cluster, no route, no endpoint",
                                                       "and its certificate is refused"])
    if scene.outside and len(corners) > 1:
        _, y = corners[1]
        out += [f'<rect x="{outside_x}" y="{y}" width="{outside_w}" '
                f'height="{68 + 26 * len(scene.outside)}" '
                f'rx="22" fill="none" stroke="{GREY}" stroke-dasharray="6 6" stroke-width="1.5"/>',
                _text(outside_x + 26, y + 38, "in no mesh", 16, GREY, weight=700)]
        out += [_text(outside_x + 26, y + 66 + 26 * i, name, 15, INK, weight=600)
                for i, name in enumerate(scene.outside)]
        at = outside_x + outside_w / 2
        out += _refused(min(at, x0 + first.width - 30), y, wall, ["plain HTTP is cut off"])
    return out


def _refused(x: float, y: float, wall: float, words: list[str]) -> list[str]:
    out = [f'<path d="M{x},{y} V{wall + 12}" stroke="{RED}" stroke-width="1.8" '
           'stroke-dasharray="5 5"/>',
           f'<circle cx="{x}" cy="{wall}" r="11" fill="#ffffff" stroke="{RED}" '
           'stroke-width="1.8"/>',
           f'<path d="M{x - 4.5},{wall - 4.5} l9,9 m0,-9 l-9,9" stroke="{RED}" '
           'stroke-width="2.2"/>']
    return out + [_text(x + 20, wall + 36 + 18 * i, line, 13, RED) for i, line in enumerate(words)]


def _legend(scene: Scene, height: float) -> list[str]:
    y = height - 28
    out = [*_padlock(MARGIN, y - 15, GREY), _text(MARGIN + 26, y, "mutual TLS only", 13, GREY)]
    counted = ", then ".join(f"{v1} : {v2}" for v1, v2 in scene.counted)
    if counted:
        words = (f"counted at the cart, v1 : v2 of 1,000 requests: {counted} — the new weights "
                 f"were in force {scene.seconds:.1f} s after the file changed")
        out.append(_text(MARGIN + 160, y, words, 13, GREY))
    return out


def _opening(width: float, height: float) -> str:
    tips = "".join(
        f'<marker id="tip-{colour[1:]}" viewBox="0 0 10 10" refX="4" refY="5" markerWidth="11" '
        'markerHeight="11" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0,0 L10,5 L0,10 z" fill="{colour}"/></marker>'
        for colour in [hue[0] for hue in HUES] + [INK])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" role="img" '
            'font-family="Inter, \'Segoe UI\', \'DejaVu Sans\', Helvetica, Arial, sans-serif">\n'
            f'<title>Tenants, services and routes of the shop</title>\n<defs>{tips}'
            '<filter id="soft" x="-10%" y="-20%" width="120%" height="150%">'
            '<feGaussianBlur in="SourceAlpha" stdDeviation="3"/><feOffset dy="2"/>'
            '<feComponentTransfer><feFuncA type="linear" slope="0.14"/></feComponentTransfer>'
            '<feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/></feMerge></filter></defs>\n'
            f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>')


def _text(x: float, y: float, words: str, size: float, colour: str, weight: int = 400,
          anchor: str = "start") -> str:
    return (f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" '
            f'fill="{colour}" text-anchor="{anchor}">{html.escape(words)}</text>')


def _wide(words: str, size: float, per_letter: float) -> float:
    """About how wide a text is; there is nothing here that could measure it."""
    return len(words) * size * per_letter
