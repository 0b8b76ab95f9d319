import JSON
import Model

/// The files in a version's ConfigMap `VERSION-conf-files`.
struct ConfigurationFiles {
    let runtime: String
    let version: DesiredVersion
    let addresses: StackAddresses

    static let subjects = "nats_subject.json"
    static let web = "default.conf"
    static let fluentBit = "fluent-bit.conf"
    static let parsers = "parsers.conf"

    var texts: [String: String] {
        [
            Self.subjects: subjects.encoded(), Self.web: Self.webText, Self.fluentBit: fluentBitText,
            Self.parsers: Self.parsersText,
        ]
    }

    /// Where the entrypoint sends the requests of each method, and hears the answers.
    var subjects: JSONValue {
        let manifest = version.solution.manifest
        let core = CoreSubjects(version: version.name)
        let streams = JetStreamNames(runtime: runtime, version: version.name)
        var methods: JSONObject = [:]
        for workflow in manifest.workflows {
            switch manifest.format {
            case .v1: methods[workflow.method] = .string(core.entrypoint(method: workflow.method))
            case .v2:
                let exit = Subscription.node(workflow.exitpoint, subtopic: nil)
                methods[workflow.method] = [
                    "stream": .string(streams.stream(method: workflow.method)),
                    "input_subject": .string(streams.subject(exit, method: workflow.method)),
                    "output_subject": .string(streams.subject(.entrypoint, method: workflow.method)),
                ]
            }
        }
        return .object(methods)
    }

    private static let webText = """
        server {
            listen 8080;

            location / {
                root /proto;
                autoindex on;
            }
        }

        """

    /// Where the log records go: fluent-bit's NATS output sends to the subject that is the record's tag.
    private var logSubject: String {
        switch version.solution.manifest.format {
        case .v1: "mongo_writer_logs"
        case .v2: "mongo_writer_logs.\(runtime)"
        }
    }

    private var fluentBitText: String {
        """
        [SERVICE]
            Flush        1
            Daemon       Off
            Log_Level    info
            Parsers_File parsers.conf
            HTTP_Server  Off

        [INPUT]
            Name             tail
            Tag              \(logSubject)
            Path             /var/log/app/*.log
            Multiline        On
            Parser_Firstline log_record

        [FILTER]
            Name   record_modifier
            Match  *
            Record versionId ${KRT_VERSION_ID}
            Record versionName ${KRT_VERSION}
            Record nodeName ${KRT_NODE_NAME}
            Record nodeId ${KRT_NODE_ID}
            Record workflowName ${KRT_WORKFLOW_NAME}
            Record workflowId ${KRT_WORKFLOW_ID}

        [OUTPUT]
            Name  nats
            Match *
            Host  \(addresses.natsHost)
            Port  \(addresses.natsPort)

        [OUTPUT]
            Name  stdout
            Match *

        """
    }

    private static let parsersText = #"""
        [PARSER]
            Name   log_record
            Format regex
            Regex  ^(?<logtime>\d{4}-\d{2}-\d{2}T\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})) (?<level>ERROR|WARN|INFO|DEBUG) (?<capture>.*)

        """#
}
