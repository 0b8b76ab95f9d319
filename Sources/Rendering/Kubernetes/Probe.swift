import JSON

struct Probes: Sendable {
    var readiness: Probe?
    var liveness: Probe?
    var startup: Probe?
}

/// A question that the kubelet asks a container again and again.
struct Probe: Sendable {
    enum Question: Sendable {
        case http(path: String, port: Int)
        case tcp(port: Int)
        case command([String])
    }

    let question: Question
    var period = 10
    var timeout = 5
    /// Wrong answers in a row that count.
    var failures = 3

    static func http(_ path: String, _ port: Int) -> Probe { Probe(question: .http(path: path, port: port)) }
    static func tcp(_ port: Int) -> Probe { Probe(question: .tcp(port: port)) }

    /// As this one, but patient: for a program that takes minutes to start.
    var patient: Probe { Probe(question: question, period: 5, timeout: timeout, failures: 60) }

    var json: JSONValue {
        var json: JSONValue = [
            "periodSeconds": .integer(period), "timeoutSeconds": .integer(timeout),
            "failureThreshold": .integer(failures),
        ]
        switch question {
        case .http(let path, let port):
            json["httpGet"] = ["path": .string(path), "port": .integer(port), "scheme": "HTTP"]
        case .tcp(let port): json["tcpSocket"] = ["port": .integer(port)]
        case .command(let command): json["exec"] = ["command": .strings(command)]
        }
        return json
    }
}
