package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecipe lets a shell read the script for a folder with an awkward name.
func TestRecipe(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	const ca = "/home/o'neil bot/ca.pem"
	script := recipe("linux", "http://127.0.0.1:8081", ca, "pin=")
	cmd := exec.Command(sh, "-c", script+"\nfor v in HTTPS_PROXY https_proxy HTTP_PROXY SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS; do eval \"echo \\$$v\"; done")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	const proxy = "http://127.0.0.1:8081"
	if got, want := string(out), strings.Join([]string{proxy, proxy, proxy, ca, ca, ca, ca, ""}, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, want := range []string{"-Dhttps.proxyHost=127.0.0.1", "-Dhttp.proxyPort=8081", "errors-spki-list=pin="} {
		if !strings.Contains(script, want) {
			t.Errorf("%q is missing in\n%s", want, script)
		}
	}
	if windows := recipe("windows", proxy, `C:\ca.pem`, "pin="); !strings.Contains(windows, "$env:HTTPS_PROXY = \""+proxy+"\"\n") {
		t.Errorf("for PowerShell:\n%s", windows)
	}
}

// TestServeIntercepts does what the printed lines say, and asks an official host.
func TestServeIntercepts(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	script, talk, dir := newSink(""), newSink(""), t.TempDir()
	code := startRun(ctx, t.TempDir(), script, talk,
		"serve", "--listen", "127.0.0.1:0", "--memory", "--data", dir, "--intercept", "127.0.0.1:0", "--intercept", "127.0.0.1:0")
	proxy := strings.TrimPrefix(script.await(t, `export HTTPS_PROXY='http://127\.0\.0\.1:\d+`), "export HTTPS_PROXY='")
	talk.await(t, `answering for the official hosts at 127\.0\.0\.1:\d+`)
	text, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(text)
	transport := &http.Transport{Proxy: http.ProxyURL(u), TLSClientConfig: &tls.Config{RootCAs: trusted}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://login.weixin.qq.com/jslogin?appid=wx782c26e4c19acffb&fun=new")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body.String(), "window.QRLogin.code = 200") {
		t.Errorf("jslogin: %s %s", resp.Status, body.String())
	}
	stop()
	if got := <-code; got != exitDone {
		t.Errorf("exit code %d, want %d", got, exitDone)
	}
}
