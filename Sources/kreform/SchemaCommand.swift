import ArgumentParser
import Engine
import JSON
import Views

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of the desired-state file, for editors.")

    func run() {
        Console.standard(.never).out(Engine.desiredStateSchema.encoded(.pretty) + "\n")
    }
}
