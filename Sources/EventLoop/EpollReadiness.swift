#if os(Linux)
    import CEpoll
    import Dispatch
    import Glibc

    /// Readiness from epoll: the queue runs one long block that waits and works in turns.
    final class EpollReadiness: Readiness {
        private let queue: DispatchQueue
        private let epoll: Int32
        private let wakeUp: Int32
        private let events: UnsafeMutableBufferPointer<epoll_event>
        private var triggers: [Trigger?] = []

        init(queue: DispatchQueue) throws(EventLoopError) {
            self.queue = queue
            epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard epoll >= 0 else { throw EventLoopError(call: "epoll_create1", code: errno) }
            wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
            guard wakeUp >= 0 else {
                let code = errno
                close(epoll)
                throw EventLoopError(call: "eventfd", code: code)
            }
            events = .allocate(capacity: 512)
            var event = epoll_event()
            event.events = EPOLLIN.rawValue
            event.data.u64 = EpollReadiness.wakeToken
            guard epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
                throw EventLoopError(call: "epoll_ctl", code: errno)
            }
        }

        deinit {
            close(epoll)
            close(wakeUp)
            events.deallocate()
        }

        /// No registration has this generation together with descriptor -1.
        private static let wakeToken = UInt64.max

        func start(loop: EventLoop) {
            let run = LoopBlock { [self] in
                loop.enter()
                while !loop.isStopped {
                    turn(of: loop)
                }
                loop.leave()
                loop.ended()
            }
            queue.async { run.body() }
        }

        private func turn(of loop: EventLoop) {
            let timeout: Int32 =
                switch loop.prepareToSleep() {
                case .none: 0
                case .forever: -1
                case .nanoseconds(let time): Int32(clamping: (time &+ 999_999) / 1_000_000)
                }
            let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout)
            loop.awoke()
            for index in 0..<max(0, Int(count)) {
                let event = events[index]
                if event.data.u64 == EpollReadiness.wakeToken {
                    var counter: UInt64 = 0
                    _ = read(wakeUp, &counter, 8)
                } else {
                    loop.deliver(Token(packed: event.data.u64), EpollReadiness.readyEvents(event.events))
                }
            }
            loop.finishTurn()
        }

        private static func readyEvents(_ bits: UInt32) -> ReadyEvents {
            var ready: ReadyEvents = []
            if bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
                ready.insert(.readable)
            }
            if bits & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { ready.insert(.writable) }
            if bits & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { ready.insert(.hangup) }
            return ready
        }

        func add(_ token: Token, interest: Interest, trigger: Trigger) throws(EventLoopError) {
            let index = Int(token.descriptor)
            while triggers.count <= index { triggers.append(nil) }
            var event = epoll_event()
            event.data.u64 = token.packed
            switch trigger {
            case .edge:
                event.events =
                    EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            case .level:
                event.events = EpollReadiness.bits(interest)
            }
            var result = epoll_ctl(epoll, EPOLL_CTL_ADD, token.descriptor, &event)
            if result != 0 && errno == EEXIST {
                result = epoll_ctl(epoll, EPOLL_CTL_MOD, token.descriptor, &event)
            }
            guard result == 0 else { throw EventLoopError(call: "epoll_ctl", code: errno) }
            triggers[index] = trigger
        }

        private static func bits(_ interest: Interest) -> UInt32 {
            (interest.contains(.read) ? EPOLLIN.rawValue : 0) | (interest.contains(.write) ? EPOLLOUT.rawValue : 0)
        }

        func change(_ token: Token, interest: Interest) {
            // An edge-triggered registration covers both directions from its start.
            guard triggers[Int(token.descriptor)] == .level else { return }
            var event = epoll_event()
            event.data.u64 = token.packed
            event.events = EpollReadiness.bits(interest)
            _ = epoll_ctl(epoll, EPOLL_CTL_MOD, token.descriptor, &event)
        }

        func remove(_ descriptor: Int32, closing: Bool) {
            triggers[Int(descriptor)] = nil
            if closing {
                // Closing the last reference also ends the registration.
                close(descriptor)
            } else {
                var event = epoll_event()
                _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
            }
        }

        func wake() {
            var one: UInt64 = 1
            _ = write(wakeUp, &one, 8)
        }

        func stop() {}
    }
#endif
