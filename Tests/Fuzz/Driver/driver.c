// What libFuzzer calls; its own main runs it. FUZZ_TARGET names what is fuzzed.

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int agent_runner_fuzz_is_known(void);
void agent_runner_fuzz(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    if (!agent_runner_fuzz_is_known()) {
        fputs("FUZZ_TARGET must name a folder of Tests/Fuzz/Corpora\n", stderr);
        exit(64);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    agent_runner_fuzz(data, size);
    return 0;
}
