extension ClusterError {
    /// What the server said and what can be done about it, in whole sentences: the detail of a diagnostic.
    package var advice: String {
        if kind == .noCredential { return message }
        let says = message.isEmpty ? "" : isFromServer ? "The server says: \(message)" : message.sentence
        return [says, remedy].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var remedy: String {
        switch kind {
        case .forbidden: "Ask the cluster's administrators for the right to do this (`kubectl auth can-i`)."
        case .unauthorized: "Log in to the cluster again, then run the same command."
        case .quotaExceeded: "Raise the namespace's quota, or ask for less."
        case .admissionDenied: "A policy of the cluster refused it: change what it asks for, or the policy."
        case .namespaceTerminating: "Wait until the namespace is gone, then run the same command again."
        case .notServed: "Install the custom resource definition of this kind first."
        case .tooManyRequests, .server: "The server was too busy or failed for too long. Run the same command again."
        case .connection: "No whole answer came. Check the connection, then run the same command again."
        case .unreachable: "Check the server and the certificates in the kubeconfig, and the way there (`kubectl version`)."
        case .stale, .gone: "The object keeps changing. Run the same command again."
        default: ""
        }
    }

    /// Whether the message is the server's own.
    private var isFromServer: Bool {
        switch kind {
        case .unreachable, .connection: false
        default: true
        }
    }

    /// The request may have been carried out although it failed.
    package var isAmbiguous: Bool {
        switch kind {
        case .connection, .server: true
        default: false
        }
    }
}

extension String {
    /// With a capital at its start and a full stop at its end.
    fileprivate var sentence: String {
        let text = prefix(1).uppercased() + dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }
}
