// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

// openRing opens a ring that takes its keys from the fixtures, since RSA keys take seconds to make.
func openRing(t testing.TB, home string) *Ring {
	t.Helper()
	r, err := Open(home)
	if err != nil {
		t.Fatal(err)
	}
	var next atomic.Int64
	r.newKey = func() (*identity.PrivateKey, error) {
		return testid.Key2048(t, int(next.Add(1)-1)%testid.Keys2048), nil
	}
	return r
}

// archiveOf is an archive of a fixture account.
func archiveOf(t testing.TB, name, password string) []byte {
	t.Helper()
	data, err := (&identity.Archive{Account: testid.Account(t, name)}).Write(password)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func importAccount(t testing.TB, r *Ring, name string, o Options) Entry {
	t.Helper()
	entry, err := r.Import(context.Background(), archiveOf(t, name, o.Password), o)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func TestCreate(t *testing.T) {
	home := t.TempDir()
	r := openRing(t, home)
	announced := []byte("signed by the account")
	entry, err := r.Create(context.Background(), Options{
		Name: "Zoë's phone",
		Announce: func(a *identity.Account, d *identity.Device) ([]byte, error) {
			if d.AccountID() != a.ID() {
				t.Error("the device to announce is of another account")
			}
			return announced, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	again := openRing(t, home) // as another process would
	entries, err := again.List()
	if err != nil || len(entries) != 1 || entries[0] != entry {
		t.Fatalf("list %+v, %v; created %+v", entries, err, entry)
	}
	if entry.Name != "Zoë's phone" || entry.Sealed || time.Since(entry.Added) > time.Minute {
		t.Errorf("%+v", entry)
	}
	loaded, err := again.Load(entry.ID)
	if err != nil || loaded.Device.ID() != entry.Device || !bytes.Equal(loaded.Announcement, announced) {
		t.Fatalf("%+v, %v", loaded, err)
	}
	if err := loaded.Device.Chain.Verify(time.Now()); err != nil {
		t.Error(err)
	}
	if archive, err := again.Archive(entry.ID, "needless"); err != nil || archive.Account.ID() != entry.ID {
		t.Errorf("%v, %v", archive, err)
	}
	checkModes(t, home)
}

func checkModes(t *testing.T, home string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(home, "accounts"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSealedAccount: the password guards the account's keys; the device works without it.
func TestSealedAccount(t *testing.T) {
	r := openRing(t, t.TempDir())
	entry, err := r.Import(context.Background(), archiveOf(t, "alice", ""), Options{Password: "secret"})
	if err != nil || !entry.Sealed {
		t.Error("the account is not sealed")
	}
	if _, err := r.Load(entry.ID); err != nil {
		t.Errorf("the device without the password: %v", err)
	}
	if _, err := r.Archive(entry.ID, ""); !errors.Is(err, identity.ErrPasswordNeeded) {
		t.Errorf("no password: %v", err)
	}
	if _, err := r.Export(entry.ID, "wrong"); !errors.Is(err, identity.ErrWrongPassword) {
		t.Errorf("wrong password: %v", err)
	}
	if exported, err := r.Export(entry.ID, "secret"); err != nil || !identity.IsSealed(exported) {
		t.Errorf("the export is not sealed: %v", err)
	}
	if err := r.SetPassword(entry.ID, "secret", ""); err != nil {
		t.Fatal(err)
	}
	if archive, err := r.Archive(entry.ID, ""); err != nil || archive.Account.ID() != entry.ID {
		t.Errorf("unsealed: %v, %v", archive, err)
	}
}

func TestExportImport(t *testing.T) {
	first, second := openRing(t, t.TempDir()), openRing(t, t.TempDir())
	entry := importAccount(t, first, "alice", Options{Name: "here"})
	for _, password := range []string{"", "pass"} {
		data, err := first.Export(entry.ID, password)
		if err != nil {
			t.Fatal(err)
		}
		if identity.IsSealed(data) != (password != "") {
			t.Errorf("password %q: sealed %v", password, identity.IsSealed(data))
		}
		there, err := second.Import(context.Background(), data, Options{Name: "there", Password: password})
		if err != nil || there.ID != entry.ID || there.Name != "there" {
			t.Fatalf("%+v, %v", there, err)
		}
		if there.Sealed != (password != "") {
			t.Errorf("password %q: sealed there %v", password, there.Sealed)
		}
		if password == "" {
			if _, err := second.Import(context.Background(), data, Options{}); !errors.Is(err, ErrExists) {
				t.Errorf("imported twice: %v", err)
			}
		}
		if err := second.Remove(entry.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNameTravels: the name given to a new account is in its archive.
func TestNameTravels(t *testing.T) {
	first, other := openRing(t, t.TempDir()), openRing(t, t.TempDir())
	entry, err := first.Create(context.Background(), Options{Name: "Zoë"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := first.Export(entry.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if there, err := other.Import(context.Background(), data, Options{}); err != nil || there.Name != "Zoë" {
		t.Errorf("%+v, %v", there, err)
	}
}

func TestImportRefuses(t *testing.T) {
	r := openRing(t, t.TempDir())
	good := archiveOf(t, "alice", "")
	for _, tc := range []struct {
		name string
		data []byte
		o    Options
		want error
	}{
		{"nothing", nil, Options{}, identity.ErrArchive},
		{"cut", good[:100], Options{}, identity.ErrArchive},
		{"name of two lines", good, Options{Name: "a\nb"}, ErrName},
		{"name too long", good, Options{Name: strings.Repeat("x", MaxName+1)}, ErrName},
		{"name not text", good, Options{Name: "\xff"}, ErrName},
	} {
		if _, err := r.Import(context.Background(), tc.data, tc.o); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Import(ended, good, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := r.Create(ended, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	failed := errors.New("no")
	if _, err := r.Import(context.Background(), good, Options{Announce: func(*identity.Account, *identity.Device) ([]byte, error) { return nil, failed }}); !errors.Is(err, failed) {
		t.Errorf("announce fails: %v", err)
	}
	if entries, err := r.List(); err != nil || len(entries) != 0 {
		t.Errorf("left: %+v, %v", entries, err)
	}
}

// TestImportRenewsExpiredCertificates: accounts made ten years ago still work.
func TestImportRenewsExpiredCertificates(t *testing.T) {
	r := openRing(t, t.TempDir())
	r.now = func() time.Time { return testid.Valid().NotAfter.Add(time.Hour) }
	entry := importAccount(t, r, "alice", Options{})
	loaded, err := r.Load(entry.ID)
	if err != nil || entry.ID != testid.Account(t, "alice").ID() {
		t.Fatalf("%+v, %v", entry, err)
	}
	if err := loaded.Device.Chain.Verify(r.now()); err != nil {
		t.Error(err)
	}
	account := testid.Account(t, "bob")
	account.CAKey = nil
	data, err := (&identity.Archive{Account: account}).Write("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Import(context.Background(), data, Options{}); !errors.Is(err, identity.ErrExpired) {
		t.Errorf("without the CA's key: %v", err)
	}
}

func TestChanges(t *testing.T) {
	r := openRing(t, t.TempDir())
	entry := importAccount(t, r, "alice", Options{Name: "first"})
	if err := r.Rename(entry.ID, "second"); err != nil {
		t.Fatal(err)
	}
	loaded, err := r.Load(entry.ID)
	if err != nil || loaded.Name != "second" || !loaded.Added.Equal(entry.Added) {
		t.Errorf("%+v, %v", loaded, err)
	}
	if err := r.Rename(entry.ID, "a\x00b"); !errors.Is(err, ErrName) {
		t.Errorf("a bad name: %v", err)
	}
	if err := r.Remove(entry.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"rename":   r.Rename(entry.ID, "x"),
		"password": r.SetPassword(entry.ID, "", "x"),
		"remove":   r.Remove(entry.ID),
		"load":     second(r.Load(entry.ID)),
		"export":   second(r.Export(entry.ID, "")),
	} {
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), entry.ID.String()) {
			t.Errorf("%s of an account removed: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestDamagedFiles: one sentence names the file, and other accounts are still there.
func TestDamagedFiles(t *testing.T) {
	for file, harm := range map[string]func(path string) error{
		deviceFile:  func(path string) error { return os.WriteFile(path, []byte("-----BEGIN"), 0o600) },
		infoFile:    func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) },
		archiveFile: os.Remove,
		"./" + deviceFile: func(path string) error {
			other, err := testid.Device(t, "carol").PEM()
			return errors.Join(err, os.WriteFile(path, other, 0o600))
		},
		"./" + infoFile: func(path string) error { return os.WriteFile(path, make([]byte, 1<<20), 0o600) },
	} {
		t.Run(file, func(t *testing.T) {
			r := openRing(t, t.TempDir())
			alice, bob := importAccount(t, r, "alice", Options{}), importAccount(t, r, "bob", Options{})
			path := r.path(alice.ID, file)
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			_, err := r.Load(alice.ID)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Errorf("not one sentence that names the file: %v", err)
			}
			entries, err := r.List()
			if err != nil || len(entries) != 2 {
				t.Fatalf("%+v, %v", entries, err)
			}
			for _, entry := range entries {
				if (entry.Err != nil) != (entry.ID == alice.ID) {
					t.Errorf("%s: %v", entry.ID, entry.Err)
				}
			}
			if _, err := r.Load(bob.ID); err != nil {
				t.Errorf("the other account: %v", err)
			}
		})
	}
}

func TestDamagedArchive(t *testing.T) {
	r := openRing(t, t.TempDir())
	alice := importAccount(t, r, "alice", Options{})
	for name, data := range map[string][]byte{"cut": archiveOf(t, "alice", "")[:500], "bob's": archiveOf(t, "bob", "")} {
		if err := os.WriteFile(r.path(alice.ID, archiveFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Archive(alice.ID, ""); err == nil || name == "bob's" && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenTightensModes(t *testing.T) {
	home := t.TempDir()
	r := openRing(t, home)
	alice := importAccount(t, r, "alice", Options{})
	for _, file := range []string{archiveFile, deviceFile, infoFile, announcementFile} {
		if err := os.Chmod(r.path(alice.ID, file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(home, "accounts"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := openRing(t, home).Load(alice.ID); err != nil {
		t.Fatal(err)
	}
	checkModes(t, home)
}

func TestOpenUnwritableHome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil || !strings.Contains(err.Error(), "--home") || !strings.Contains(err.Error(), file) {
		t.Errorf("a file as home: %v", err)
	}
	if os.Geteuid() == 0 {
		t.Log("as root no folder is unwritable; the rest was not tested")
		return
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(closed); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "--home") {
		t.Errorf("an unwritable home: %v", err)
	}
}

// TestOpenIgnoresWhatIsNotAnAccount: strange folders neither show nor do harm, unfinished ones go.
func TestOpenIgnoresWhatIsNotAnAccount(t *testing.T) {
	home := t.TempDir()
	r := openRing(t, home)
	alice := importAccount(t, r, "alice", Options{})
	for _, name := range []string{".tmp-123", "notes", strings.Repeat("A", 40), strings.Repeat("0", 39)} {
		if err := os.Mkdir(filepath.Join(r.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(r.dir, strings.Repeat("a", 40)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.path(alice.ID, ".tmp-456"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := openRing(t, home).List()
	if err != nil || len(entries) != 1 || entries[0].ID != alice.ID {
		t.Errorf("%+v, %v", entries, err)
	}
	noLeavings(t, home)
	if _, err := os.Stat(filepath.Join(r.dir, "notes")); err != nil {
		t.Errorf("something of the user's is gone: %v", err)
	}
}

func noLeavings(t testing.TB, home string) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), ".tmp") {
			t.Errorf("left over: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
