import Dispatch

/// Readiness from Dispatch sources: portable, and the reference that the other is tested against.
final class DispatchReadiness: Readiness {
    private let queue: DispatchQueue
    private let timer: any DispatchSourceTimer
    private var registrations: [Int32: Registration] = [:]
    private weak var loop: EventLoop?
    private let wakeBlock: LoopCell<LoopBlock?> = LoopCell(nil)

    init(queue: DispatchQueue) {
        self.queue = queue
        timer = DispatchSource.makeTimerSource(queue: queue)
    }

    func start(loop: EventLoop) {
        self.loop = loop
        let turn = LoopBlock { [weak self] in self?.turn {} }
        wakeBlock.value = turn
        timer.setEventHandler { turn.body() }
        timer.schedule(deadline: .distantFuture)
        timer.activate()
        queue.async { turn.body() }
    }

    private func turn(_ deliver: () -> Void) {
        guard let loop, !loop.isStopped else { return }
        loop.enter()
        loop.awoke()
        deliver()
        loop.finishTurn()
        switch loop.prepareToSleep() {
        case .none: wake()
        case .forever: timer.schedule(deadline: .distantFuture)
        case .nanoseconds(let time): timer.schedule(deadline: .now() + .nanoseconds(Int(clamping: time)))
        }
        loop.leave()
        if loop.isStopped { loop.ended() }
    }

    func add(_ token: Token, interest: Interest, trigger: Trigger) throws(EventLoopError) {
        // The owner of a level-triggered descriptor (libcurl) may close it before its sources have ended: they watch
        // a copy, which is ours to close.
        let isCopy = trigger == .level
        let registration = Registration(
            token: token,
            watched: isCopy ? try duplicateDescriptor(token.descriptor) : token.descriptor,
            isCopy: isCopy
        )
        registrations[token.descriptor] = registration
        apply(interest, to: registration)
    }

    func change(_ token: Token, interest: Interest) {
        guard let registration = registrations[token.descriptor] else { return }
        apply(interest, to: registration)
    }

    /// A source is made when it is first wanted and suspended while it is not.
    private func apply(_ interest: Interest, to registration: Registration) {
        let token = registration.token
        if interest.contains(.read), registration.reading.source == nil {
            let source = DispatchSource.makeReadSource(fileDescriptor: registration.watched, queue: queue)
            let event = LoopBlock { [weak self] in
                self?.turn { self?.loop?.deliver(token, .readable) }
            }
            source.setEventHandler { event.body() }
            registration.reading.source = source
        }
        if interest.contains(.write), registration.writing.source == nil {
            let source = DispatchSource.makeWriteSource(fileDescriptor: registration.watched, queue: queue)
            let event = LoopBlock { [weak self] in
                self?.turn { self?.loop?.deliver(token, .writable) }
            }
            source.setEventHandler { event.body() }
            registration.writing.source = source
        }
        registration.reading.setRunning(interest.contains(.read))
        registration.writing.setRunning(interest.contains(.write))
    }

    /// A watched descriptor may be closed only after all its sources have confirmed their end.
    func remove(_ descriptor: Int32, closing: Bool) {
        guard let registration = registrations.removeValue(forKey: descriptor) else {
            if closing { closeDescriptor(descriptor) }
            return
        }
        if registration.isCopy && closing { closeDescriptor(descriptor) }
        guard registration.isCopy || closing else { return registration.end {} }
        registration.end { closeDescriptor(registration.watched) }
    }

    func wake() {
        // Set once in `start`, before anything can be submitted.
        guard let turn = wakeBlock.value else { return }
        queue.async { turn.body() }
    }

    func stop() {
        timer.cancel()
        for descriptor in Array(registrations.keys) { remove(descriptor, closing: false) }
    }
}

/// The two sources of one descriptor.
private final class Registration {
    let token: Token
    /// What the sources watch: the descriptor, or a copy of it.
    let watched: Int32
    let isCopy: Bool
    var reading = SourceSwitch()
    var writing = SourceSwitch()

    init(token: Token, watched: Int32, isCopy: Bool) {
        self.token = token
        self.watched = watched
        self.isCopy = isCopy
    }

    /// Cancels the sources and calls `done` when none uses the descriptor any more.
    func end(_ done: @escaping () -> Void) {
        let switches = [reading, writing].filter { $0.source != nil }
        guard !switches.isEmpty else { return done() }
        let pending = LoopCell(switches.count)
        let last = LoopBlock(done)
        for one in switches {
            one.source?.setCancelHandler {
                pending.value -= 1
                if pending.value == 0 { last.body() }
            }
            one.cancel()
        }
    }
}

/// A source that is turned on and off; a suspended one must run again before it may go.
private struct SourceSwitch {
    var source: (any DispatchSourceProtocol)?
    private var isRunning = false

    mutating func setRunning(_ wanted: Bool) {
        guard let source, wanted != isRunning else { return }
        wanted ? source.resume() : source.suspend()
        isRunning = wanted
    }

    func cancel() {
        source?.cancel()
        if !isRunning { source?.resume() }
    }
}
