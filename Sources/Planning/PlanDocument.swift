import Digest
import JSON
import Model

/// A plan as JSON: what `plan --json` prints and what a saved plan file holds. Canonical: one plan has one text. It
/// holds no sensitive value; `Plan.fillingSecrets` puts them back after reading.
///
/// Format 1:
/// ```
/// kreform       "plan"
/// format        1
/// digest        "sha256:…" of the canonical text without this member
/// mode          "apply", "destroy", "import", "forget" or "rotate"
/// engine        the engine's name
/// cluster       {name, uid}
/// state         {lineage, serial} planned against; no lineage when there was none
/// summary       {create, update, replace, delete, forget}: how many objects each touches; for readers only
/// steps[]       id, action, entity, reasons[], changes[] and predecessors[] (ids), from, to, replaces,
///               upload {path, digest, size, endpoint, bucket, key}: the package that goes to the store,
///               drain {seconds, since}: for how long the version stays up; no `since` when a step before this one unpublishes it,
///               canary {weight, seconds, since, underWay, routes[]}: which share of the calls the version has by those objects, and for
///               how long; whether it had one already,
///               component: whose credentials are made anew, or retire,
///               records[] {entity, record}: the record that the step leaves, none when it forgets the entity:
///               {description, status, packageDigest, protected, published, namespace}
/// changes[]     id, action, address {group, kind, namespace, name}, apiVersion, entity, reasons[], predecessors[],
///               unchecked, deletion {since, finalizers[]} of an object that is being deleted already,
///               manifest {content, secrets[] (keys to fill in), generated {key: {random: length},
///               {template: [{text} or {value}]} or {copy: {secret, key}}}, renewed[] (keys of these that are made anew),
///               dependsOn[] (addresses)},
///               prior {uid, fields}: the object that the approval is for,
///               left[] {field, path[]}: they stay as they are in the cluster,
///               follows (id): an earlier change of the same object; what that one leaves is what this one is approved for,
///               differences[] {field, path[], old, new, cause}
/// left[]        address, entity, by ("flag" or "file"), differences[]: what differs and stays as it is
/// ```
/// `path` has a string for each member, and `{key: {…}}`, `{value: …}` or `{index: n}` for items of lists; `field` is
/// the same for people. `old` and `new` are `{value: …}`, `{sensitive: true}`, `{knownAfterApply: true}`, or absent;
/// `cause` is `{file: true}`, `{drift: {manager, time}}` or `{adoption: {manager, time}}`. A create has no `differences`: it sets every field of its
/// manifest. Members that are false, empty or without a value are left out.
package enum PlanDocument {
    package static let format = 1

    /// The document.
    package static func value(of plan: Plan) -> JSONValue {
        var document = PlanWriter.document(plan)
        document["digest"] = .string("\(SHA256Digest(of: document.encodedBytes()))")
        return document
    }

    /// What names the plan in the history of runs: the SHA-256 of its canonical JSON.
    package static func digest(of plan: Plan) -> SHA256Digest {
        var running = RunningDigest()
        PlanWriter.head(plan).encode(plan.changes.lazy.map(PlanWriter.change), at: "changes") { running.update($0) }
        return running.finish()
    }

    /// The plan in a saved file. Errors, which name `file`: `not-a-plan`, `plan-format` (another version of Kreform
    /// made it), `damaged-plan`.
    package static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> Plan {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes)
        } catch {
            throw .notAPlan(file, "It is not JSON: \(error).")
        }
        return try read(document, file: file)
    }

    package static func read(_ document: JSONValue, file: String) throws(Diagnostic) -> Plan {
        guard document["kreform"]?.string == "plan", let found = document["format"]?.integer else {
            throw .notAPlan(file, "It does not say that it is one.")
        }
        guard found == format else { throw .planFormat(file, found) }
        var undigested = document
        undigested["digest"] = nil
        guard document["digest"]?.string == "\(SHA256Digest(of: undigested.encodedBytes()))" else {
            throw .damagedPlan(
                file, "Its content does not have the digest that stands in it: it was changed or cut off.")
        }
        do {
            return try PlanReader.plan(DocumentValue(undigested))
        } catch {
            throw .damagedPlan(
                file, "At \(error.pointer.tokens.isEmpty ? "the top" : "\(error.pointer)"): \(error.reason).")
        }
    }
}

extension Diagnostic {
    fileprivate static func notAPlan(_ file: String, _ why: String) -> Diagnostic {
        Diagnostic(
            code: "not-a-plan", summary: "\(file) is not a saved plan",
            detail: "\(why) Make one with `kreform plan --out FILE`.")
    }

    fileprivate static func planFormat(_ file: String, _ found: Int) -> Diagnostic {
        Diagnostic(
            code: "plan-format", summary: "\(file) is a plan of format \(found)",
            detail:
                "This Kreform reads format \(PlanDocument.format). Apply it with the Kreform that made it, or plan "
                + "again."
        )
    }

    fileprivate static func damagedPlan(_ file: String, _ why: String) -> Diagnostic {
        Diagnostic(code: "damaged-plan", summary: "The saved plan \(file) is damaged", detail: "\(why) Plan again.")
    }
}
