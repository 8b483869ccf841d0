using System.Diagnostics;
using System.Globalization;
using ClipSharp.Torch;
using ClipSharp.Torch.Machine;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>What a figure holds for.</summary>
internal static class SuiteHead
{
    // What decides which instructions and how many threads are used.
    private static readonly string[] Switches =
    [
        "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA",
        "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "DOTNET_EnableAVX2", "DOTNET_EnableAVX512", "DOTNET_EnableAVX512F",
    ];

    public static IReadOnlyDictionary<string, string> Collect(int rounds, bool isQuick)
    {
        var system = SystemReport.Collect();
        var switches = Switches.Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
            .Where(set => set.Value is not null).Select(set => $"{set.Name}={set.Value}");
        return new Dictionary<string, string>
        {
            ["processor"] = system.Processor,
            ["cores"] = $"{system.ProcessorsSeen}",
            ["threads"] = $"{system.Threads}",
            ["bf16"] = Precision.HasBfloat16 ? "yes" : "no",
            ["switches"] = string.Join(' ', switches) is { Length: > 0 } set ? set : "none",
            ["dotnet"] = system.DotNet,
            ["libtorch"] = system.LibTorch ?? "unknown",
            ["onnx_runtime"] = OrtEnv.Instance().GetVersionString(),
            ["commit"] = Commit(),
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["rounds"] = $"{rounds}",
            ["sizes"] = isQuick ? "quick: not for the documents" : "full",
        };
    }

    private static string Commit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", "describe --always --dirty --abbrev=12")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var name = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return name.Length > 0 ? name : "unknown";
        }
        catch (System.ComponentModel.Win32Exception) // no git here
        {
            return "unknown";
        }
    }
}
