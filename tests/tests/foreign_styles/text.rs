//! The text of each field of a row.

use super::{
    clocks::{Shown, Sort},
    layouts::{CLOCK, EVENT, FIELDS, HOST, ID, PEER, QUEUE, STAMP, TIME, Texts},
    rows::{Peers, Row, Told},
    run::{Clocks, Kind},
    styles::{IdText, Style},
    words::DELIVERED,
};

/// The texts of a row, without quotes; of the fields that the layout `has`.
pub(crate) fn texts(style: &Style, row: &Row, has: &[bool; FIELDS.len()]) -> Texts {
    let mut texts: Texts = Texts::default();
    texts[EVENT] = Some(event(style, row).to_owned());
    texts[HOST] = style.rows_name_machines().then(|| host(style, row.machine));
    texts[PEER] = peer(style, row);
    let stamps = row.messages.iter().filter_map(|message| message.stamp.as_ref().map(|stamp| (message, stamp)));
    // A send's stamp is its own; the one of a receive is its sender's.
    let stamps = stamps.map(|(message, stamp)| clock(style, stamp, message.sender.unwrap_or(row.machine)));
    texts[STAMP] = joined(stamps.collect(), " ");
    if style.glued && row.kind == Kind::Receive {
        let sender = |message: &Told| style.names.spoken[message.sender.unwrap_or(row.machine)].clone();
        texts[PEER] = row.messages.first().map(sender);
        let next = row.messages.iter().skip(1).map(sender).chain([String::new()]);
        let stamps = row.messages.iter().filter_map(|message| message.stamp.as_ref()).zip(next);
        texts[STAMP] = joined(stamps.map(|(stamp, next)| format!("{}{next}", stamp.lamport)).collect(), " ");
    }
    texts[ID] =
        joined(row.messages.iter().filter_map(|message| message.id.map(|id| id_text(style, id))).collect(), ", ");
    texts[QUEUE] = row.queue.map(|queue| queue.to_string());
    texts[TIME] = Some(time(style, row));
    texts[CLOCK] = Some(clock(style, &row.clocks, row.machine));
    for (field, text) in texts.iter_mut().enumerate() {
        if !has[field] {
            *text = None;
        }
    }
    texts
}

fn joined(texts: Vec<String>, between: &str) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join(between))
}

fn event<'a>(style: &'a Style, row: &Row) -> &'a str {
    match row.kind {
        Kind::Internal => style.vocabulary.internal,
        Kind::Send if row.to_all => style.vocabulary.send_all,
        Kind::Send => style.vocabulary.send,
        Kind::Receive => style.vocabulary.receive,
        Kind::Delivery => DELIVERED,
    }
}

fn host(style: &Style, machine: usize) -> String {
    let name = if style.sort == Sort::Map { &style.names.keys[machine] } else { &style.names.spoken[machine] };
    name.replace(' ', "-")
}

fn peer(style: &Style, row: &Row) -> Option<String> {
    let name = |peer: usize| {
        let machines = style.order.len();
        match (peer + machines - row.machine) % machines {
            1 if style.peers.relative => "next".to_owned(),
            step if style.peers.relative && step + 1 == machines => "previous".to_owned(),
            _ => format!("{}{}", style.peers.before, style.names.spoken[peer]),
        }
    };
    let names: Vec<String> = match (&row.peers, row.kind) {
        (Peers::These(peers), Kind::Send) => peers.iter().map(|peer| name(*peer)).collect(),
        (Peers::All, Kind::Send) => return Some(style.peers.all.to_owned()),
        (Peers::Own, Kind::Send) => vec![style.names.spoken[row.machine].clone()],
        _ => row.messages.iter().filter_map(|message| message.from.map(name)).collect(),
    };
    let several = names.len() > 1;
    let text = joined(names, style.peers.between)?;
    Some(if several && style.peers.brackets { format!("[{text}]") } else { text })
}

fn id_text(style: &Style, (sender, id, number): (usize, u64, u64)) -> String {
    match style.id {
        IdText::Run => format!("m{id}"),
        IdText::SenderAndNumber => format!("{sender}-{number}"),
        IdText::Number => number.to_string(),
        IdText::Hash => format!("{:08x}", id.wrapping_add(1).wrapping_mul(0x9e37_79b1) & 0xffff_ffff),
    }
}

/// The system time of a row.
pub(crate) fn time(style: &Style, row: &Row) -> String {
    let skew_ns = style.skews_ns[row.machine];
    let since_ns = row.at_ns - style.setting.started_ns;
    // Three seconds back after the fourth.
    let back_ns = if style.set_back && since_ns > 4_000_000_000 { 3_000_000_000 } else { 0 };
    (style.time.write)(row.at_ns + skew_ns - back_ns, since_ns + skew_ns - back_ns)
}

/// A clock as text; `owner` is the machine that it is of.
fn clock(style: &Style, clocks: &Clocks, owner: usize) -> String {
    let owner = style.names.spoken[owner].replace(' ', "-");
    let shown = Shown {
        clocks,
        owner: &owner,
        order: &style.order,
        keys: &style.names.keys,
        zeros: style.zeros,
        padding: style.padding,
    };
    (style.clock_text.write)(&shown)
}
