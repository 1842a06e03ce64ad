import EventLoop
import Foundation
import Logging

/// What a server keeps on one loop: its connections there, and the date of the moment. Confined to the loop.
final class ServerLoop {
    let loop: EventLoop
    let configuration: HTTPServerConfiguration
    let handler: HTTPServer.Handler
    let logger: Logger
    let counters: ServerCounters
    private let tls: CurrentTLS
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var whenEmpty: [() -> Void] = []
    private var date: (second: Int, line: String) = (0, "")

    init(
        loop: EventLoop,
        configuration: HTTPServerConfiguration,
        counters: ServerCounters,
        tls: CurrentTLS,
        logger: Logger,
        handler: @escaping HTTPServer.Handler
    ) {
        self.loop = loop
        self.configuration = configuration
        self.counters = counters
        self.tls = tls
        self.logger = logger
        self.handler = handler
    }

    /// Takes a connection over; one that is too many is only told so.
    func accept(_ descriptor: Int32, peer: String, refusing: Bool) {
        do {
            let connection = Connection(
                descriptor: descriptor,
                transport: try tls.transport(on: descriptor),
                peer: peer,
                server: self
            )
            try connection.open()
            connections[ObjectIdentifier(connection)] = connection
            if isDraining { connection.close() } else if refusing { connection.refuse() }
        } catch {
            counters.connections.subtract(1, ordering: .relaxed)
            loop.unwatch(descriptor, closing: true)
        }
    }

    func closed(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.connections.subtract(1, ordering: .relaxed)
        if connections.isEmpty {
            let waiting = whenEmpty
            whenEmpty = []
            for done in waiting { done() }
        }
    }

    func count(_ rejection: Rejection) {
        counters.rejections.add(1, ordering: .relaxed)
    }

    /// Lets answers finish, then calls `done`.
    func drain(_ done: @escaping () -> Void) {
        isDraining = true
        for connection in Array(connections.values) { connection.drain() }
        if connections.isEmpty { done() } else { whenEmpty.append(done) }
    }

    func closeAll() {
        for connection in Array(connections.values) { connection.close() }
    }

    /// The Date header (RFC 9110, 6.6.1), made once a second.
    func dateLine() -> String {
        let second = Int(Date().timeIntervalSince1970)
        if second != date.second {
            let now = Date(timeIntervalSince1970: TimeInterval(second))
            date = (second, "Date: \(now.formatted(ServerLoop.dateFormat))\r\n")
        }
        return date.line
    }

    private static let dateFormat = Date.VerbatimFormatStyle(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
            \(second: .twoDigits) GMT
            """,
        locale: Locale(identifier: "en_US_POSIX"),
        timeZone: .gmt,
        calendar: Calendar(identifier: .gregorian)
    )
}
