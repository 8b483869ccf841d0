using System.Globalization;

namespace ClipSharp.Training.Ranks;

/// <summary>Which process this is, as its launcher says by variables of the environment.</summary>
/// <param name="Launcher">Whose variables they are.</param>
/// <param name="Rank">From 0.</param>
/// <param name="WorldSize">Processes.</param>
/// <param name="LocalRank">From 0, on its machine.</param>
internal sealed record LaunchedRank(string Launcher, int Rank, int WorldSize, int LocalRank)
{
    /// <summary>Whether it is MPICH's or Intel's.</summary>
    public bool IsMpich => Launcher == Mpich;

    private const string Mpich = "MPICH";

    // The first whose variables are all there counts. In the shell of sbatch SLURM's are there before srun: a step makes them
    // mean this process.
    private static readonly (string Launcher, string Rank, string Size, string Local, string[] Also)[] Launchers =
    [
        ("torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", ["MASTER_ADDR", "MASTER_PORT"]),
        ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", []),
        (Mpich, "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", []),
        ("SLURM", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", ["SLURM_STEP_ID"]),
    ];

    /// <summary>What the environment says; null where no launcher has started this process.</summary>
    /// <param name="variable">A variable's value, or null.</param>
    /// <exception cref="ClipException">Variables of a launcher do not go together (Usage).</exception>
    public static LaunchedRank? Of(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        foreach (var (launcher, rank, size, local, also) in Launchers)
        {
            if (((string[])[rank, size, local, .. also]).All(name => variable(name) is { Length: > 0 }))
            {
                var found = new LaunchedRank(launcher, Number(rank), Number(size), Number(local));
                return found.WorldSize >= 1 && found.Rank < found.WorldSize && found.LocalRank <= found.Rank
                    ? found
                    : throw Unfit($"{rank}={found.Rank} {size}={found.WorldSize} {local}={found.LocalRank}",
                        "a rank below the number of processes");
            }
        }

        return null;

        int Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Unfit($"{name}={variable(name)}", "a number from 0");

        static ClipException Unfit(string found, string expected) => new(ClipError.Usage,
            "The launcher's variables do not go together", "the environment", found, expected,
            "Unset them to train in one process, or start it by one launcher alone.");
    }
}
