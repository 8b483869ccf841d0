using System.Text;
using static ClipSharp.Tests.Weights.PyTorch.PickleText;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>Pickles that would run something, or wreck a careless reader: each is refused by the name of what it asked for and
/// the byte where it did.</summary>
public sealed class HostilePickleTests
{
    private static readonly string[] Callables =
    [
        "os.system", "posix.system", "nt.system", "os.popen", "os.execv", "os.remove", "subprocess.Popen",
        "subprocess.check_output",
        "builtins.eval", "builtins.exec", "builtins.getattr", "builtins.__import__", "builtins.open", "builtins.compile",
        "builtins.print",
        "builtins.globals", "builtins.setattr", "__builtin__.eval", "__builtin__.apply", "__builtin__.file",
        "operator.attrgetter",
        "operator.methodcaller", "functools.partial", "functools.reduce", "pickle.loads", "_pickle.loads", "marshal.loads",
        "types.CodeType",
        "types.FunctionType", "importlib.import_module", "importlib.reload", "runpy._run_code", "runpy.run_path", "pty.spawn",
        "socket.create_connection", "shutil.rmtree", "webbrowser.open", "ctypes.CDLL", "code.InteractiveInterpreter",
        "timeit.timeit",
        "pdb.run", "bdb.Bdb", "asyncio.create_subprocess_shell", "pip.main", "urllib.request.urlretrieve", "_codecs.decode",
        "codecs.open",
        "numpy.load", "numpy.testing._private.utils.runstring", "torch.load", "torch.jit.load", "torch.hub.load",
        "torch.storage._load_from_bytes", "torch.serialization.load", "torch._utils._rebuild_wrapper_subclass",
        "torch._C._jit_to_backend",
        "torch.FloatTensor", "collections.OrderedDict.__init__", "collections.defaultdict",
        "torch._utils._rebuild_tensor.__globals__",
        "torch .FloatStorage", "tоrch.FloatStorage", "__torch__.Model", "torch.jit._pickle.restore_type_tag",
        "torch.jit._pickle.build_tensor_from_id",
    ];

    public static TheoryData<string> Names => [.. Callables];

    [Fact]
    public void There_are_enough_of_them() => Assert.True(Callables.Distinct().Count() + Tricks().Count() >= 100);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_that_is_no_data_is_refused_where_it_stands(string name)
    {
        var (module, member) = name.StartsWith("collections.OrderedDict.", StringComparison.Ordinal)
            ? ("collections", name["collections.".Length..])
            : name.StartsWith("torch._utils._rebuild_tensor.", StringComparison.Ordinal)
            ? ("torch._utils", name["torch._utils.".Length..])
            : (name[..name.LastIndexOf('.')], name[(name.LastIndexOf('.') + 1)..]);
        // A call in the state dict; a new object; by name and module from the stack; beside the state dict. UTF-8 as Python
        // writes it.
        var line = Latin($"{module}\n{member}\n");
        var bodies = new[]
        {
            (Body: $"c{line}{Word("id")}\u0085R", At: 2),
            (Body: $"c{line})\u0081}}b", At: 2),
            (Body: $"{Word(Latin(module))}{Word(Latin(member))}\u0093",
                At: 2 + 5 + Latin(module).Length + 5 + Latin(member).Length),
            (Body: $"{Dictionary(Tensor())}{Word("x")}c{line})Rs", At: 2 + $"{Dictionary(Tensor())}{Word("x")}".Length),
        };
        foreach (var (body, at) in bodies)
        {
            var refusal = Refusal(Whole(body));
            Assert.Contains($"nothing of it was run (crafted.pt, a/data.pkl, byte {at}): found {module}.{member}, expected",
                refusal.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<byte> OtherOpcodes
    {
        get
        {
            // Those of PyTorch's restricted reader, and FRAME SHORT_BINUNICODE MEMOIZE STACK_GLOBAL.
            byte[] read = [.. ".(cRbQ}])tsuaeNJKMGXUqrhj"u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x8f, 0x93,
                0x94, 0x95];
            return [.. Enumerable.Range(0, 256).Select(i => (byte)i).Where(i => !read.Contains(i))];
        }
    }

    [Theory]
    [MemberData(nameof(OtherOpcodes))]
    public void An_opcode_outside_the_list_is_refused_where_it_stands(byte opcode)
    {
        var refusal = Refusal(Whole($"N{(char)opcode}"));
        Assert.Contains($"nothing of it was run (crafted.pt, a/data.pkl, byte 3): found opcode ", refusal.Message,
            StringComparison.Ordinal);
        Assert.Contains($"0x{opcode:x2}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(S'echo'\nios\nsystem\n", "STRING (0x53)", 3)]
    [InlineData("(X\u0002\u0000\u0000\u0000idios\nsystem\n", "INST (0x69)", 10)]
    [InlineData("(N)o", "OBJ (0x6f)", 5)]
    [InlineData("N2", "DUP (0x32)", 3)]
    [InlineData("N0", "POP (0x30)", 3)]
    [InlineData("\u0082\u0001", "EXT1 (0x82)", 2)]
    [InlineData("P1\n", "PERSID (0x50)", 2)]
    [InlineData("\u008b\u00ff\u00ff\u00ff\u007f", "LONG4 (0x8b)", 2)]
    [InlineData("ccollections\nOrderedDict\n)}\u0092", "NEWOBJ_EX (0x92)", 29)]
    public void A_refused_opcode_is_named(string body, string opcode, int at)
    {
        var refusal = Refusal(Whole(body));
        Assert.Contains(opcode, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith($", byte {at}", refusal.Where, StringComparison.Ordinal);
    }

    /// <summary>What each is, its pickle without PROTO and STOP, and what the refusal says.</summary>
    private static IEnumerable<(string Name, string Body, string Found)> Tricks()
    {
        var (tensor, storage) = (Tensor(), Storage());
        yield return ("a string is called", $"{Word("os.system")})R", "a call of a string");
        yield return ("a tensor is called", $"{tensor})R", "a call of a tensor");
        yield return ("a call without a tuple", "ccollections\nOrderedDict\nNR", "with None");
        yield return ("a storage type is called", "ctorch\nFloatStorage\nK\u0001\u0085R", "a call of torch.FloatStorage");
        yield return ("a number type is called", "ctorch\nfloat16\n)R", "a call of torch.float16");
        yield return ("an ordered dictionary with arguments", "ccollections\nOrderedDict\n]\u0085R",
            "a call of collections.OrderedDict with 1");
        yield return ("a tensor of nothing", "ctorch._utils\n_rebuild_tensor_v2\n)R", "_rebuild_tensor_v2 with 0");
        yield return ("a tensor of strings", $"ctorch._utils\n_rebuild_tensor_v2\n({Word("a")}{Word("b")}tR",
            "a string, a string");
        yield return ("a tensor at a float",
            $"ctorch._utils\n_rebuild_tensor_v2\n({storage}G\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000))tR",
            "a storage, a float");
        yield return ("a parameter of a string", $"ctorch._utils\n_rebuild_parameter\n{Word("a")}\u0085R",
            "_rebuild_parameter with 1");
        yield return ("a size of a number", "ctorch\nSize\nK\u0001\u0085R", "a call of torch.Size");
        yield return ("a new dictionary by NEWOBJ", "ccollections\nOrderedDict\n)\u0081",
            "a new object of collections.OrderedDict");
        yield return ("a new tensor by NEWOBJ", "ctorch._utils\n_rebuild_tensor_v2\n)\u0081", "a new object of torch._utils");
        yield return ("a new object without a tuple", "cargparse\nNamespace\nN\u0081", "a new object of argparse.Namespace");
        yield return ("a new object of a string", $"{Word("os")})\u0081", "a new object of a string");
        yield return ("an item set on a tensor", $"{tensor}K\u0000K\u0001s", "SETITEM on a tensor");
        yield return ("items set on a tensor", $"{tensor}(K\u0000K\u0001u", "SETITEM on a tensor");
        yield return ("an item set on a list", "]K\u0000K\u0001s", "SETITEM on a list");
        yield return ("an item set on an object", "cargparse\nNamespace\n)\u0081K\u0000K\u0001s",
            "SETITEM on an object of argparse.Namespace");
        yield return ("an odd number of items", "}(K\u0000K\u0001K\u0002u", "SETITEM on a dictionary");
        yield return ("an append to a dictionary", "}K\u0000a", "APPEND on a dictionary");
        yield return ("appends to a tensor", $"{tensor}(K\u0000e", "APPEND on a tensor");
        yield return ("an append to a set", "\u008fK\u0000a", "APPEND on a set");
        yield return ("a list as a key", "}]K\u0001s", "a list as a key");
        yield return ("a name as a key", "}ctorch\nSize\nK\u0001s", "torch.Size as a key");
        yield return ("attributes of a tensor", $"{tensor}}}b", "BUILD on a tensor");
        yield return ("attributes of a plain dictionary", "}}b", "BUILD on a dictionary");
        yield return ("attributes of a name", "ctorch\nSize\n}b", "BUILD on torch.Size");
        yield return ("attributes twice", "cargparse\nNamespace\n)\u0081}b}b", "BUILD on an object of argparse.Namespace");
        yield return ("a persistent id that is a string", $"{Word("0")}Q", "a string as a persistent id");
        yield return ("a persistent id of something else", $"({Word("module")}NNNNtQ", "persistent id is not sound");
        yield return ("a persistent id without a type", $"({Word("storage")}N{Word("0")}{Word("cpu")}K\u0004tQ",
            "persistent id is not sound");
        yield return ("a storage of a type without size", Storage(type: "torch.storage\nTypedStorage"),
            "persistent id is not sound");
        yield return ("a storage of a tensor type", Storage(type: "torch\nfloat32"), "persistent id is not sound");
        yield return ("a storage of a negative count", Storage(count: -4), "persistent id is not sound");
        yield return ("a storage outside the archive", Storage(key: "../../etc/passwd"), "found data/../../etc/passwd");
        yield return ("a storage that is not there", Storage(key: "9"), "found data/9");
        yield return ("a storage larger than its record", Storage(count: 5), "5 F32, expected 16 bytes");
        yield return ("a storage smaller than its record", Storage(count: 3), "3 F32, expected 16 bytes");
        yield return ("a storage of two types", $"({storage}{Storage(count: 8, type: "torch\nHalfStorage")}t",
            "8 F16, expected 4 F32");
        yield return ("a view beyond the end", Tensor(storage, 1, [4], [1]), "reaches out of its storage");
        yield return ("a view with large strides", Tensor(storage, 0, [2, 2], [3, 1]), "reaches out of its storage");
        yield return ("a view whose reach overflows", Tensor(storage, 0, [2, 2], [long.MaxValue, 1]),
            "reaches out of its storage");
        yield return ("a view whose size overflows", Tensor(storage, 0, [1L << 40, 1L << 40], [0, 0]),
            "reaches out of its storage");
        yield return ("a view from before the start", Tensor(storage, -1, [4], [1]), "reaches out of its storage");
        yield return ("an empty view far away", Tensor(storage, 5, [0], [1]), "reaches out of its storage");
        yield return ("a view of an empty storage", Tensor(Storage("2", 0), 0, [], []), "reaches out of its storage");
        yield return ("a shape without strides", Tensor(storage, 0, [2, 2], [1]), "reaches out of its storage");
        yield return ("a negative size", Tensor(storage, 0, [-1], [1]), "shape is wrong");
        yield return ("a negative stride", Tensor(storage, 3, [4], [-1]), "shape is wrong");
        yield return ("a shape of 65 sides", Tensor(storage, 0, [.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)]),
            "shape is wrong");
        yield return ("a value from an empty stack", "R", "0 values, expected 1");
        yield return ("a value from below a mark", "N(\u0085", "0 values, expected 1");
        yield return ("a tuple without a mark", "Nt", "no mark");
        yield return ("a memo that was never kept", "h\u0007", "memo 7");
        yield return ("two values at the end", "NN", "2 values and 0 marks");
        yield return ("a mark at the end", "N(", "1 values and 1 marks");
        yield return ("a second PROTO", "\u0080\u0002N", "does not begin as one");
        yield return ("a string longer than the file", $"X{Four(1000)}abc", "The pickle is cut");
        yield return ("a string of 4 GiB", $"X{Four(uint.MaxValue)}abc", "A string is too long");
        yield return ("a string that is no text", $"X{Four(1)}\u00ff", "no UTF-8");
        yield return ("a frame longer than the file", $"\u0095{Four(1000)}{Four(0)}N", "longer than the rest");
        yield return ("a name without an end", "cos", "cut or too long");
        yield return ("a name of 600 letters", $"c{new string('a', 600)}\nb\n", "cut or too long");
        yield return ("a name made of numbers", "K\u0001K\u0002\u0093", "an integer, expected two strings");
        yield return ("a key set twice", $"}}{Word("w")}{tensor}s{Word("w")}{tensor}s", "found w, expected each key once");
        yield return ("a million opcodes too many", new string('N', 2_000_000), "more than 1000000 opcodes");
    }

    public static TheoryData<string> TrickNames => [.. Tricks().Select(trick => trick.Name)];

    [Theory]
    [MemberData(nameof(TrickNames))]
    public void A_trick_is_refused_and_placed(string name)
    {
        var (_, body, found) = Tricks().Single(trick => trick.Name == name);
        var refusal = Refusal(Whole(body));
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
        Assert.Matches("^crafted.pt, a/data.pkl, byte [0-9]+$", refusal.Where);
    }

    [Theory]
    [InlineData("cos\nsystem\n.", "does not begin as one")] // protocol 0
    [InlineData("\u0080\u0005N.", "protocol is not read")]
    [InlineData("\u0080\u0001N.", "protocol is not read")]
    [InlineData("\u0080", "The pickle is cut")]
    [InlineData("", "The pickle is cut")]
    public void Another_beginning_is_refused(string pickle, string found) =>
        Assert.Contains(found, Refusal(Encoding.Latin1.GetBytes(pickle)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_behind_the_pickle_are_refused() =>
        Assert.Contains("goes on after its end", Refusal([.. Whole(Dictionary(Tensor())), 0]).Message, StringComparison.Ordinal);

    [Fact]
    public void A_memo_index_sizes_nothing()
    {
        using var file = CraftedZip.Torch(Whole($"{Dictionary(Tensor())}r{Four(uint.MaxValue)}")).Read();
        Assert.Equal([1f, 2, 3, 4], file.Tensors["w"].ReadFloats());
    }

    [Fact]
    public void Values_that_multiply_are_refused()
    {
        // Thirty times a pair of what was there before: 2^30 tensors to visit.
        var doubling = Tensor() + string.Concat(Enumerable.Range(0, 30).Select(i => $"q{(char)i}h{(char)i}\u0086"));
        Assert.Contains("too deep or too large", Refusal(Whole(doubling)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_hold_themselves_or_go_too_deep_are_refused()
    {
        Assert.Contains("too deep", Refusal(Whole("]q\u0000h\u0000a")).Message, StringComparison.Ordinal);
        Assert.Contains("too deep", Refusal(Whole(Tensor() + new string('\u0085', 65))).Message, StringComparison.Ordinal);
        CraftedZip.Torch(Whole(Tensor() + new string('\u0085', 64))).Read().Dispose();
    }

    [Fact]
    public void Names_that_grow_with_depth_are_refused()
    {
        var deep = Tensor() + string.Concat(Enumerable.Range(0, 3)
            .Select(i => $"r{Four((uint)i)}}}{Word(new string('k', 300))}j{Four((uint)i)}s"));
        // The value below stays on the stack: a tuple takes it in.
        Assert.Contains("too long", Refusal(Whole($"({deep}t")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expanded_views_are_bounded_by_the_file()
    {
        // 16 MiB of floats from one number are within the free 64 MiB; 17 of them are not.
        var one = Tensor(Storage(), 0, [1 << 20], [0]);
        using (var file = CraftedZip.Torch(Whole($"({string.Concat(Enumerable.Repeat(one, 16))}t")).Read())
        {
            Assert.Equal(1 << 20, file.Tensors["15"].ReadFloats().Count(value => value == 1));
        }

        Assert.Contains("larger than their file can mean",
            Refusal(Whole($"({string.Concat(Enumerable.Repeat(one, 17))}t")).Message, StringComparison.Ordinal);
        Assert.Contains("larger than their file can mean",
            Refusal(Whole(Dictionary(Tensor(Storage(), 0, [1L << 60], [0])))).Message, StringComparison.Ordinal);
    }

    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static ClipException Refusal(byte[] pickle) => CraftedZip.Torch(pickle).Refusal();
}
