// libtorch's random generator belongs to the process: two tests at once would draw from each other's seed.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
