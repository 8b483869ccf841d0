using System.Runtime.InteropServices;
using ClipSharp.Host;

namespace ClipSharp.Tests.Host;

public sealed partial class ProcessTuningTests
{
    [Fact]
    public void Native_code_sees_what_was_set()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "C's environment is asked, which is elsewhere there.");
        ProcessTuning.Apply();
        Assert.Equal(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY"), NativeValue("OMP_WAIT_POLICY"));
        Assert.NotNull(NativeValue("OMP_WAIT_POLICY"));
    }

    [Fact]
    public void What_the_user_has_set_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "C's environment is asked, which is elsewhere there.");
        Environment.SetEnvironmentVariable("CLIPSHARP_TEST_HAS", "user's");
        NativeEnvironment.SetDefault("CLIPSHARP_TEST_HAS", "ours");
        NativeEnvironment.SetDefault("CLIPSHARP_TEST_HAS_NOT", "ours");
        Assert.Equal("user's", Environment.GetEnvironmentVariable("CLIPSHARP_TEST_HAS"));
        Assert.Null(NativeValue("CLIPSHARP_TEST_HAS"));
        Assert.Equal("ours", NativeValue("CLIPSHARP_TEST_HAS_NOT"));
    }

    [Fact]
    public void The_heap_is_asked_to_be_of_huge_pages()
    {
        const string pages = "/sys/kernel/mm/transparent_hugepage/enabled";
        Assert.SkipUnless(File.Exists(pages) && !File.ReadAllText(pages).Contains("[never]", StringComparison.Ordinal),
            "No such pages here.");
        ProcessTuning.Apply();
        var heap = File.ReadLines("/proc/self/smaps").SkipWhile(line => !line.EndsWith("[heap]", StringComparison.Ordinal))
            .SkipWhile(line => !line.StartsWith("VmFlags", StringComparison.Ordinal)).FirstOrDefault();
        Assert.SkipWhen(heap is null || Environment.GetEnvironmentVariable("CLIPSHARP_RETURN_MEMORY") == "1",
            "No heap of glibc's that stays.");
        Assert.Contains(" hg", heap, StringComparison.Ordinal);
    }

    private static string? NativeValue(string name) => Marshal.PtrToStringUTF8(getenv(name));

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
