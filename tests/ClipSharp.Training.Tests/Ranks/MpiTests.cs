using System.Diagnostics;

namespace ClipSharp.Training.Tests.Ranks;

/// <summary>Processes under the launchers of Open MPI and MPICH: those that are on this machine.</summary>
public sealed class MpiTests
{
    public static TheoryData<string, int> Launches => new()
    {
        { "openmpi", 2 }, { "openmpi", 4 }, { "mpich", 2 }, { "mpich", 4 },
    };

    public static TheoryData<string> Families => new() { "openmpi", "mpich" };

    [Theory]
    [MemberData(nameof(Launches))]
    public async Task The_contract_holds(string family, int count)
    {
        var (code, output) = await MpiRun.Start(family, count, "contract");

        Assert.True(code == 0, output);
        Assert.Contains($"contract holds: {count} processes, {count} here, MPI, ", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task It_holds_for_tensors_that_take_several_calls(string family)
    {
        var (code, output) = await MpiRun.Start(family, 2, "pieces");

        Assert.True(code == 0, output);
    }

    [Theory]
    [InlineData("openmpi", 2)]
    [InlineData("mpich", 4)]
    public Task Processes_that_share_a_batch_learn_what_one_learns(string family, int count) => RequireEqual(family, count);

    [Theory(Explicit = true)]
    [Trait("Category", "Ranks")]
    [InlineData("openmpi", 4)]
    [InlineData("mpich", 2)]
    public Task So_do_others(string family, int count) => RequireEqual(family, count);

    private static async Task RequireEqual(string family, int count)
    {
        var (code, output) = await MpiRun.Start(family, count, "equal");

        Assert.True(code == 0, output);
        Assert.DoesNotContain("NOT EQUAL", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_process_that_hangs_ends_all_with_one_line(string family)
    {
        var clock = Stopwatch.StartNew();

        var (code, output) = await MpiRun.Start(family, 2, "hang");

        Assert.Equal(75, code);
        // Of the one that waits or of the one that keeps it waiting: whose clock strikes first.
        Assert.Matches("hung: (waited for others in barrier|nothing was said to others after barrier) for ", output);
        Assert.Contains("expected at most 2 s; go on with --resume latest", output, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1)); // and not for ever
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_process_that_fails_ends_all_with_its_message(string family)
    {
        var (code, output) = await MpiRun.Start(family, 2, "throw");

        Assert.Equal(70, code);
        Assert.Contains("rank 1 failed: rank 1 fails", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_process_that_dies_ends_all(string family)
    {
        var (code, _) = await MpiRun.Start(family, 2, "die");

        Assert.NotEqual(0, code);
    }

    [Theory]
    [InlineData("openmpi", "libmpich.so.12")]
    [InlineData("mpich", "libmpi.so.40")]
    public async Task A_launcher_of_another_family_than_the_library_s_is_refused(string family, string library)
    {
        MpiRun.Require(library.StartsWith("libmpich", StringComparison.Ordinal) ? "mpich" : "openmpi");
        var (code, output) = await MpiRun.Start(family, 2, "contract", ("CLIPSHARP_MPI", library));

        Assert.NotEqual(0, code);
        Assert.Contains("MPI knows of another number of processes than the launcher", output, StringComparison.Ordinal);
        Assert.DoesNotContain("contract holds", output, StringComparison.Ordinal);
    }
}
