import JSON
import Model

extension World {
    mutating func reconcileJob(_ job: LiveObject) {
        let status = job.content["status"]
        let isOver = status?.items("conditions").contains {
            ["Complete", "Failed"].contains($0["type"]?.string) && $0["status"] == "True"
        }
        if isOver == true { return }
        let spec = job.content["spec"] ?? [:]
        let pods = pods(of: job)
        let active = pods.filter { !$0.hasEnded && !$0.isTerminating }
        let succeeded = pods.filter { $0.content.at("status", "phase") == "Succeeded" }.count
        let failed = pods.filter { $0.content.at("status", "phase") == "Failed" }.count
        let completions = spec["completions"]?.integer ?? 1
        let isSuspended = spec["suspend"] == true
        let hasFailed = failed > spec["backoffLimit"]?.integer ?? 6

        if isSuspended || hasFailed {
            for pod in active { markDeleted(pod.address) }
        } else if succeeded < completions {
            let room = min(spec["parallelism"]?.integer ?? 1, completions - succeeded) - active.count
            for _ in 0..<max(0, room) where makePod(for: job, hash: nil, label: "") != nil { break }
        }
        let running = self.pods(of: job).filter { !$0.hasEnded && !$0.isTerminating }
        var new: JSONValue = Self.present([
            "active": Self.some(running.count), "ready": .integer(running.filter(\.isReady).count),
            "succeeded": Self.some(succeeded), "failed": Self.some(failed),
            "startTime": isSuspended ? .null : status?["startTime"] ?? .string(timestamp),
            "terminating": 0, "uncountedTerminatedPods": [:],
        ])
        if isSuspended {
            new["conditions"] = [condition("Suspended", true, "JobSuspended", "Job suspended", in: status)]
        } else if hasFailed {
            new["conditions"] = [
                condition(
                    "Failed", true, "BackoffLimitExceeded", "Job has reached the specified backoff limit", in: status)
            ]
        } else if succeeded >= completions {
            new["completionTime"] = .string(timestamp)
            new["conditions"] = [
                condition(
                    "Complete", true, "CompletionsReached", "Reached expected number of succeeded pods", in: status)
            ]
        }
        setStatus(new, of: job.address)
        if new["conditions"] != nil, !isSuspended, let seconds = spec["ttlSecondsAfterFinished"]?.number {
            schedule(.expireJob, subject: job.uid, after: seconds)
        }
    }
}
