"""Three machines of equal rate on SimPy; prints nanoseconds of processor time per tick."""

import random
import time
from collections import deque

import simpy

RATE, SIDES, SECONDS, LATENCY = 6, 10, 2000, 0.0002


class Machine:
    def __init__(self, environment, index, ring):
        self.environment, self.index, self.ring = environment, index, ring
        self.queue, self.clock, self.ticks, self.jump_max = deque(), 0, 0, 0
        self.chance = random.Random(index)

    def run(self):
        yield self.environment.timeout(self.chance.random() / RATE)
        while True:
            before = self.clock
            if self.queue:
                self.clock = max(self.clock, self.queue.popleft()) + 1
            else:
                self.clock += 1
                face = self.chance.randint(1, SIDES)
                if face == 1 or face == 3:
                    self.environment.process(self.send(self.ring[(self.index + 1) % 3], self.clock))
                if face == 2 or face == 3:
                    self.environment.process(self.send(self.ring[(self.index + 2) % 3], self.clock))
            self.ticks += 1
            self.jump_max = max(self.jump_max, self.clock - before)
            yield self.environment.timeout(1 / RATE)

    def send(self, to, stamp):
        yield self.environment.timeout(LATENCY)
        to.queue.append(stamp)


environment = simpy.Environment()
ring = []
ring.extend(Machine(environment, index, ring) for index in range(3))
for machine in ring:
    environment.process(machine.run())
began = time.process_time_ns()
environment.run(until=SECONDS)
print((time.process_time_ns() - began) / sum(machine.ticks for machine in ring))
