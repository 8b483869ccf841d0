using ClipSharp.Torch.Machine;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

/// <summary>Processes under mpirun, each with a card.</summary>
public sealed class NcclTests
{
    [Theory(Explicit = true)]
    [Trait("Category", "Ranks")]
    [InlineData("contract cuda")]
    [InlineData("equal cuda")]
    public async Task Processes_with_a_card_each_learn_what_one_learns(string work)
    {
        Assert.SkipUnless(CudaDevices.Count >= 2, "this needs two CUDA devices, and a libtorch that sees them");
        var (code, output) = await MpiRun.Start("openmpi", CudaDevices.Count, work);

        Assert.True(code == 0, output);
        Assert.DoesNotContain("NOT EQUAL", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_NCCL_cards_go_by_way_of_main_memory_and_it_is_said()
    {
        var (code, output) = await MpiRun.Start("openmpi", 2, "join cuda", ("CLIPSHARP_NCCL", "none"));

        Assert.True(code == 0, output);
        Assert.Contains("; cards by way of main memory: no libnccl.so.2 in use. Install NVIDIA's libnccl2, or name the file by "
            + "CLIPSHARP_NCCL.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_library_that_is_not_there_ends_all()
    {
        var (code, output) = await MpiRun.Start("openmpi", 2, "contract cuda", ("CLIPSHARP_NCCL", "/nowhere/libnccl.so.2"));

        Assert.Equal((int)ClipError.Unavailable, code);
        Assert.Contains("The NCCL library cannot be loaded (CLIPSHARP_NCCL): found /nowhere/libnccl.so.2", output,
            StringComparison.Ordinal);
    }
}
