//! Words for kinds of event.

/// The words of a log.
pub(crate) struct Vocabulary {
    pub(crate) name: &'static str,
    pub(crate) internal: &'static str,
    pub(crate) send: &'static str,
    pub(crate) send_all: &'static str,
    pub(crate) receive: &'static str,
    /// Are the words given to the checker?
    pub(crate) is_mapped: bool,
}

impl Vocabulary {
    /// Its words as a user gives them.
    pub(crate) fn told(&self) -> Vec<String> {
        let words =
            [("internal", self.internal), ("send", self.send), ("send-all", self.send_all), ("receive", self.receive)];
        words.iter().map(|(kind, word)| format!("{kind}={word}")).collect()
    }
}

const fn known(
    internal: &'static str,
    send: &'static str,
    send_all: &'static str,
    receive: &'static str,
) -> Vocabulary {
    Vocabulary { name: send, internal, send, send_all, receive, is_mapped: false }
}

const fn mapped(
    internal: &'static str,
    send: &'static str,
    send_all: &'static str,
    receive: &'static str,
) -> Vocabulary {
    Vocabulary { name: send, internal, send, send_all, receive, is_mapped: true }
}

/// The word for a delivery, with any vocabulary.
pub(crate) const DELIVERED: &str = "delivered";

/// All of them; the first is the documentation's.
pub(crate) const VOCABULARIES: &[Vocabulary] = &[
    known("internal", "send", "send all", "receive"),
    known("INTERNAL", "SEND", "DOUBLE SEND", "RECEIVE"),
    known("Internal event", "Sent", "Sent to both", "Received"),
    known("internal", "sent", "broadcast", "recv"),
    known("local", "tx", "tx", "rx"),
    known("local", "snd", "snd", "rcv"),
    known("I", "S", "S", "R"),
    known("internal", "out", "out", "in"),
    known("work", "publish", "publish", "processed"),
    known("local", "enqueue", "enqueue", "dequeue"),
    known("compute", "Sending message", "Broadcasting message", "Got message"),
    known("Event", "MessageSent", "MessageBroadcast", "MessageReceived"),
    known("nothing", "outgoing", "outgoing", "incoming"),
    mapped("Rechnen", "Versand", "Rundruf", "Empfang"),
    mapped("interne", "envoi", "diffusion", "réception"),
    mapped("interno", "envío", "difusión", "recibo"),
    mapped("внутреннее", "отправка", "рассылка", "получение"),
    mapped("内部", "发送", "广播", "接收"),
    mapped("tau", "!", "!!", "?"),
];
