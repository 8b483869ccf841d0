using ClipSharp.Files;

namespace ClipSharp.Training.Ranks.Nccl;

/// <summary>A file by which processes without MPI get the id to meet by: the first writes it, the others wait for it. It is gone
/// when all have met.</summary>
/// <param name="path">The file, the same for all processes of a start, and no other start's.</param>
internal sealed class NcclIdFile(string path)
{
    /// <summary>Names a folder that all processes see.</summary>
    public const string Variable = "CLIPSHARP_RENDEZVOUS";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // What launchers tell of a start, the same to all its processes: torchrun's job and attempt, SLURM's, an address to meet at.
    private static readonly string[] Names =
    [
        "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT",
        "MASTER_ADDR", "MASTER_PORT",
    ];

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>That of this start.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="variable">A variable's value, or null.</param>
    public static NcclIdFile Of(string folder, Func<string, string?> variable)
    {
        var told = Names.Select(variable).Where(value => value is { Length: > 0 });
        var name = string.Join('.', told.Prepend("nccl").Append("id"));
        return new NcclIdFile(System.IO.Path.Combine(folder,
            string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '_'))));
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public void Write(NcclId id) => AtomicFile.Write(path, stream => stream.Write(id.ToArray()));

    /// <summary>Waits for it and reads it.</summary>
    /// <param name="most">How long.</param>
    /// <exception cref="ClipException">It does not come, or is something else (Unavailable).</exception>
    public NcclId Wait(TimeSpan most)
    {
        var end = DateTime.UtcNow + most;
        while (!File.Exists(path))
        {
            if (DateTime.UtcNow > end)
            {
                throw new ClipException(ClipError.Unavailable, "The first process did not come", path,
                    FormattableString.Invariant($"no such file after {most.TotalSeconds:0} s"), "the id that it writes there",
                    $"Look at what rank 0 printed; let {Variable} name one folder for all processes.");
            }

            Thread.Sleep(Pause);
        }

        try
        {
            var bytes = File.ReadAllBytes(path);
            return bytes.Length == NcclId.Length ? NcclId.Of(bytes) : throw Unfit($"{bytes.Length} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unfit(e.Message);
        }

        ClipException Unfit(string found) => new(ClipError.Unavailable, "The processes cannot meet", path, found,
            $"{NcclId.Length} bytes, the id that rank 0 wrote", "Remove the file and start all processes again.");
    }

    /// <summary>Removes it; where that does not work, it stays.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start writes over it.
        }
    }
}
